import kbqa.accounts.models
from django.db import migrations, models


class Migration(migrations.Migration):
    """Keys that are there keep every scope and every collection."""

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='apikey',
            name='scopes',
            field=models.JSONField(default=kbqa.accounts.models.all_scopes),
        ),
        migrations.AddField(
            model_name='apikey',
            name='collections',
            field=models.JSONField(blank=True, null=True),
        ),
    ]
