// Redoc draws its maker's logo from elsewhere, which the content policy refuses; ours stands in its place.
"use strict";

const own = document.querySelector("link[rel=icon]").href;
const ours = (address) => (new URL(address, location.href).origin === location.origin ? address : own);
const setAttribute = Element.prototype.setAttribute;
const source = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src");

// React names a picture's address both ways
HTMLImageElement.prototype.setAttribute = function (name, value) {
  setAttribute.call(this, name, name === "src" ? ours(value) : value);
};
Object.defineProperty(HTMLImageElement.prototype, "src", {
  ...source,
  set(address) {
    source.set.call(this, ours(address));
  },
});
