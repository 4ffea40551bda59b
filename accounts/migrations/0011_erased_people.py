from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_promotions_notifications_email_changes")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="erased_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="erased"),
        ),
    ]
