"""What services, parsers and workers say in English, said in the reader's language.

They speak in whole sentences, some with a name or a number in it; each is listed here with its
holes, is translated as that, and gets its words back. A sentence not listed stays English.
"""

import re
from collections.abc import Iterator

from django.utils.translation import get_language, gettext, gettext_noop

_SENTENCES = (
    # errors
    gettext_noop("A collection keeps at least one owner."),
    gettext_noop("At most %(n)s questions a minute; try again in %(s)s s."),
    gettext_noop("Conversations are exported as json, md or csv."),
    gettext_noop("The answer could not be computed; try again in a moment."),
    gettext_noop("The answer's time was up during %(stage)s."),
    gettext_noop("The collection needs a name."),
    gettext_noop("The collection was deleted."),
    gettext_noop("A collection is kept up to date every hour, day or week."),
    gettext_noop("This place is being imported already."),
    gettext_noop("This place is kept up to date already."),
    gettext_noop("The conversation needs a title."),
    gettext_noop("The document was deleted already."),
    gettext_noop("The engine does not answer yet; try again in a moment."),
    gettext_noop("The file is empty."),
    gettext_noop("The file is larger than %(mb)s MB."),
    gettext_noop("The file needs a name."),
    gettext_noop("The original is no longer there."),
    gettext_noop("The question has %(n)s characters; at most %(most)s are read."),
    gettext_noop("The question is empty."),
    gettext_noop("There is no person or team of that name."),
    gettext_noop("There is no such answer."),
    gettext_noop("There is no such collection."),
    gettext_noop("There is no such conversation."),
    gettext_noop("There is no such document."),
    gettext_noop("There is no such key."),
    gettext_noop("There is no such member."),
    gettext_noop("There is no such role."),
    gettext_noop("There is no such schedule."),
    gettext_noop("There is no such version."),
    gettext_noop("There is no text to keep."),
    gettext_noop("There is nothing to cancel: the work is over."),
    gettext_noop("This document is being ingested already."),
    gettext_noop("This needs the role of viewer in %(collection)s."),
    gettext_noop("This needs the role of editor in %(collection)s."),
    gettext_noop("This needs the role of owner in %(collection)s."),
    gettext_noop("This page cannot be drawn."),
    gettext_noop("This version has not been read yet."),
    gettext_noop("Too many questions at once; try again in a moment."),
    gettext_noop("You own a collection named “%(name)s” already."),
    # refused files
    gettext_noop("Archives are not supported; upload the files inside it. %(supported)s"),
    gettext_noop("Files of type %(type)s are not supported. %(supported)s"),
    gettext_noop("Pictures (SVG) are not supported. %(supported)s"),
    gettext_noop("The file is named .%(extension)s but does not hold that format; it may be damaged."),
    gettext_noop("The file is protected by a password; save a copy without it and upload that."),
    gettext_noop("The PDF is protected by a password; save a copy without it and upload that."),
    gettext_noop("This is a picture, recording or video, which is not supported. %(supported)s"),
    gettext_noop("This is %(what)s, which is not supported. %(supported)s"),
    gettext_noop("This kind of Office file is not supported; save it as PDF. %(supported)s"),
    gettext_noop("This kind of OpenDocument file is not supported; save it as PDF. %(supported)s"),
    gettext_noop("This kind of file is not supported. %(supported)s"),
    gettext_noop("Word files of the old kind (DOC) are not supported; save it as DOCX and upload that."),
    gettext_noop("PowerPoint files of the old kind (PPT) are not supported; save it as PPTX and upload that."),
    gettext_noop("Word wrote this file before 1997, and it cannot be read; save it as DOCX and upload that."),
    gettext_noop("PowerPoint wrote this file before 1997, and it cannot be read; save it as PPTX and upload that."),
    gettext_noop("The file is damaged and cannot be read."),
    gettext_noop(
        "Supported are PDF, Word (%(word)s), PowerPoint (%(slides)s), Excel (XLSX, XLSB, XLS), OpenDocument (ODT, "
        "ODP, ODS), RTF, EPUB, HTML, XML, Markdown, CSV, TSV, e-mail (EML, MSG) and plain text."
    ),
    gettext_noop(
        "Supported are PDF, Word (%(word)s), PowerPoint (%(slides)s), Excel (XLSX, XLSB, XLS), OpenDocument (ODT, "
        "ODP, ODS), RTF, EPUB, HTML, XML, Markdown, CSV, TSV, e-mail (EML, MSG), plain text, and pictures of text "
        "(%(pictures)s)."
    ),
    gettext_noop("It is a picture, and no text was recognised in it."),
    gettext_noop("It is a picture, and recognising its text took too long or too much memory."),
    gettext_noop("It holds pictures only, and no text was recognised in them."),
    gettext_noop("It holds pictures only, and recognising their text took too long or too much memory."),
    gettext_noop("Recognising the text of page %(page)s took too long or too much memory."),
    gettext_noop("Recognising the text of pages %(pages)s took too long or too much memory."),
    gettext_noop("Recognising the text of picture %(picture)s took too long or too much memory."),
    gettext_noop("Recognising the text of pictures %(pictures)s took too long or too much memory."),
    gettext_noop(
        "It looks like a scan, a picture of text, and this site reads none. "
        "Recognise its text (OCR) first and upload that."
    ),
    gettext_noop("The picture has more than %(n)s million pixels; that is the limit."),
    gettext_noop("The picture is damaged and cannot be opened."),
    # addresses, probes and complaints
    gettext_noop("An address with a user name or password in it is not fetched."),
    gettext_noop("Only addresses that begin with http:// or https:// can be fetched."),
    gettext_noop("Other addresses are being fetched; try again in a moment."),
    gettext_noop("The address answered %(status)s."),
    gettext_noop("The address did not answer properly."),
    gettext_noop("The address gives more than %(mb)s MB."),
    gettext_noop("The address moved without saying where to."),
    gettext_noop("The address sends its contents in a form that was not asked for."),
    gettext_noop("The address stopped in the middle."),
    gettext_noop("The address took too long."),
    gettext_noop("The address was redirected more than %(n)s times."),
    gettext_noop("There is no host of this name."),
    gettext_noop("There is no such case."),
    gettext_noop("There is no such cause."),
    gettext_noop("There is no such complaint."),
    gettext_noop("There is no such job."),
    gettext_noop("There is no such passage."),
    gettext_noop("This address is not in the public internet."),
    gettext_noop("This is not a web address."),
    # test sets and runs
    gettext_noop("%(name)s, line %(n)s: not a test case (%(why)s)."),
    gettext_noop("A case has %(n)s answers of %(m)s characters at most."),
    gettext_noop("A run of this test set is under way already."),
    gettext_noop("A run that is under way is cancelled before it is deleted."),
    gettext_noop("A test set has %(n)s cases at most."),
    gettext_noop("Given up after %(n)s tries at question %(m)s."),
    gettext_noop("Only runs of one test set can be compared."),
    gettext_noop("Test sets are exported as jsonl or csv."),
    gettext_noop("The file is no proper CSV: %(why)s."),
    gettext_noop("The file is not UTF-8 text."),
    gettext_noop("The file's first line has to name its columns; one of them is “question”."),
    gettext_noop("The test set has no cases yet."),
    gettext_noop("The test set needs a name."),
    gettext_noop("There is no such run."),
    gettext_noop("There is no such test set."),
    gettext_noop("Whoever started this run is no longer here."),
    # curated answers
    gettext_noop("A quote has between 1 and %(n)s characters."),
    gettext_noop("An answer has %(n)s characters at most."),
    gettext_noop("An answer has %(n)s sources at most."),
    gettext_noop("The answer is empty."),
    gettext_noop("The quote lies outside its document."),
    gettext_noop("There is no such curated answer."),
    gettext_noop("This is no place in a document."),
    # answers under way
    gettext_noop("The answer failed; ask again."),
    gettext_noop("The answer may differ now from what was told of it; ask again."),
    gettext_noop("This Last-Event-ID is not of this answer."),
    gettext_noop("You are signed out, or the key was revoked."),
    # keys
    gettext_noop("A key needs something that it may do."),
    gettext_noop("This key is for some collections only."),
    gettext_noop("Addresses of other sites left out: %(n)s."),
    gettext_noop("Choose a file first."),
    gettext_noop("Folders of the server are imported by administrators."),
    gettext_noop("Further lists of pages not read: %(n)s."),
    gettext_noop("Here already as %(name)s."),
    gettext_noop("Imports are of a page, a sitemap or a folder."),
    gettext_noop("It was deleted here, and comes back once it has changed there."),
    gettext_noop("Only the first %(n)s files are taken."),
    gettext_noop("Only the first %(n)s pages are taken."),
    gettext_noop("Other files are being looked at; try again in a moment."),
    gettext_noop("The address gives no sitemap."),
    gettext_noop("The import needs an address or a folder."),
    gettext_noop("There was nothing, so nothing was taken away here."),
    gettext_noop("The import's time was up."),
    gettext_noop("The page leads to another site."),
    gettext_noop("The site gives more than one import may bring."),
    gettext_noop("The workers stopped again and again; it was given up."),
    gettext_noop("There is no such folder among those that may be imported."),
    gettext_noop("There is no such import."),
    gettext_noop("This file cannot be opened."),
    gettext_noop("This is a link that leads out of the folder."),
    gettext_noop("This is no file."),
    # warnings of parsers
    gettext_noop("Hidden sheets were left out: %(names)s."),
    gettext_noop("No text on page %(pages)s: empty, or a picture."),
    gettext_noop("No text on pages %(pages)s: empty, or a picture."),
    gettext_noop("The text of page %(page)s was recognised in a picture; letters may be wrong."),
    gettext_noop("The text of pages %(pages)s was recognised in pictures; letters may be wrong."),
    gettext_noop("The text of picture %(picture)s was recognised; letters may be wrong."),
    gettext_noop("The text of pictures %(pictures)s was recognised; letters may be wrong."),
    gettext_noop("Of %(m)s pages that are pictures the first %(n)s were read."),
    gettext_noop("Of %(m)s pictures the first %(n)s were read."),
    gettext_noop("Page %(page)s is damaged and could not be read."),
    gettext_noop("The PDF is damaged; its text was read in a simpler way and may be incomplete."),
    gettext_noop("The file nests its marks too deeply to keep its structure; only its text was kept."),
    gettext_noop("The page is nested too deeply to keep its headings and tables; only its text was kept."),
    gettext_noop("Left behind: 1 edited or switched-off passage of the version before, whose text is not in this one."),
    gettext_noop(
        "Left behind: %(n)s edited or switched-off passages of the version before, whose text is not in this one."
    ),
    # settings of a collection
    gettext_noop("Line %(n)s has a part without words, or one of over %(most)s characters."),
    gettext_noop("Line %(n)s must join 2 to %(most)s words or phrases by =."),
    gettext_noop("The glossary has %(n)s characters; at most %(most)s are kept."),
    gettext_noop("The glossary has %(n)s lines; at most %(most)s are kept."),
    gettext_noop("The least probability lies between 0 and 1."),
    gettext_noop("There is no such size of passages."),
    # passages
    gettext_noop("The document is being read again; edit it when that is over."),
    gettext_noop("The passage could not be embedded; try again in a moment."),
    gettext_noop("The passage has %(n)s characters; at most %(most)s are taken."),
    gettext_noop("The passage has %(n)s tokens; at most %(most)s fit."),
    gettext_noop("The passage needs some text; switch it off if it should say nothing."),
    gettext_noop("This passage belongs to a version that no longer answers."),
    # what was deleted
    gettext_noop("A document named %(name)s is here again; delete that one first."),
    gettext_noop("The same file is here again as %(name)s; delete that one first."),
    gettext_noop("This is not among what was deleted."),
    gettext_noop("This was deleted already."),
    # progress of workers
    gettext_noop("Reading the file"),
    gettext_noop("1 page, %(n)s characters read"),
    gettext_noop("%(pages)s pages, %(n)s characters read"),
    gettext_noop("%(n)s characters read"),
    gettext_noop("%(done)s of 1 passage embedded"),
    gettext_noop("%(done)s of 1 pictured page recognised"),
    gettext_noop("%(done)s of %(total)s pictured pages recognised"),
    gettext_noop("%(done)s of 1 picture recognised"),
    gettext_noop("%(done)s of %(total)s pictures recognised"),
    gettext_noop("%(done)s of %(total)s passages embedded"),
    gettext_noop("Sealing the index segment"),
    gettext_noop("Publishing"),
    gettext_noop("1 passage"),
    gettext_noop("%(n)s passages"),
    gettext_noop("Try %(n)s broke; trying again in %(s)s s."),
    gettext_noop("Given up after %(n)s tries; the last one broke on %(kind)s."),
)
_HOLE = re.compile(r"%\\\((\w+)\\\)s")


def _patterns() -> Iterator[tuple[re.Pattern[str], str]]:
    for sentence in _SENTENCES:
        yield re.compile(_HOLE.sub(r"(?P<\1>.+)", re.escape(sentence)), re.DOTALL), sentence


_PATTERNS = tuple(_patterns())


def said(sentence: str) -> str:
    """The sentence in the reader's language."""
    if (get_language() or "en").startswith("en"):
        return sentence
    for pattern, known in _PATTERNS:
        if found := pattern.fullmatch(sentence):
            words = {name: said(word) for name, word in found.groupdict().items()}
            return gettext(known) % words if words else gettext(known)
    return sentence
