"""Where originals and segments lie, what an upload may weigh, and how long what is deleted is kept."""

from .core import ENV, TESTING
from .env import BASE_DIR

ORIGINALS_ROOT = ENV.data_dir / "originals"
SEGMENTS_ROOT = ENV.data_dir / "segments"
PICTURES_ROOT = ENV.data_dir / "pictures"
METRICS_ROOT = ENV.data_dir / "metrics"
MAX_UPLOAD_BYTES = ENV.max_upload_mb << 20
IMPORT_ROOTS = ENV.import_roots
BIN_DAYS = ENV.bin_days

FILE_UPLOAD_MAX_MEMORY_SIZE = DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 200

STATIC_URL = "/static/"
STATIC_ROOT = ENV.data_dir / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site needs our files
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or ENV.debug
        else "kbqa.ops.static.GzipManifestStorage"
    },
}
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (
    "png",
    "jpg",
    "webp",
    "woff2",
    "gz",
    "map",
)  # compressed already, or for debuggers
