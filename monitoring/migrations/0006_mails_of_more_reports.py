"""Other reports go out by e-mail too, to the same recipients on the same day. The default stays in the database:
a worker of the version before writes rows without a kind."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0005_wallboard_links")]

    operations = [
        migrations.AlterModelOptions(
            name="daymail",
            options={"verbose_name": "daily e-mail", "verbose_name_plural": "daily e-mails"},
        ),
        migrations.AddField(
            model_name="daymail",
            name="kind",
            field=models.CharField(
                choices=[("day", "Day summary"), ("exceptions", "Exceptions")],
                db_default="day",
                max_length=10,
                verbose_name="report",
            ),
        ),
        migrations.AddConstraint(
            model_name="daymail",
            constraint=models.UniqueConstraint(
                fields=("day", "recipient", "kind"), name="day_mail_once_of_its_kind"
            ),
        ),
        # Back again the table has room for one kind; the audit log keeps what was sent.
        migrations.RunSQL(migrations.RunSQL.noop, "DELETE FROM monitoring_daymail WHERE kind <> 'day'"),
        migrations.RemoveConstraint(model_name="daymail", name="day_mail_once"),
    ]
