"""The digest of a curated answer's question leaves out what stands after its last word.

Of two that differed in that alone the newer one, which would have been served, takes the digest; the
other keeps its old one and is only listed, so that nothing that an editor wrote is lost.
"""

import hashlib
import unicodedata

from django.db import migrations


def digests_renew(apps, schema_editor):
    rows = apps.get_model("answers", "CuratedAnswer").objects.using(schema_editor.connection.alias)
    taken = set(rows.values_list("collection_id", "question_digest"))
    for row in rows.order_by("-updated_at", "pk"):
        place = (row.collection_id, _digest(row.question))
        if place not in taken:
            taken.add(place)
            rows.filter(pk=row.pk).update(question_digest=place[1])


def _digest(question):
    words = " ".join(unicodedata.normalize("NFKC", question).casefold().split())
    return hashlib.sha256((words.rstrip(" ?!.。") or words).encode("utf-8", "replace")).hexdigest()


class Migration(migrations.Migration):

    dependencies = [
        ('answers', '0004_conversations_deleted_can_come_back'),
    ]

    operations = [migrations.RunPython(digests_renew, migrations.RunPython.noop)]
