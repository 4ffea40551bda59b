"""Entries say from where they were signed; tables for the chain that seals them, and its anchors."""

from django.db import migrations, models


def has_salt_or_commitment(part):
    return models.CheckConstraint(
        name=f"seal_has_{part}",
        condition=models.Q(**{f"{part}_salt": None, f"{part}__isnull": False})
        | models.Q(**{f"{part}_salt__isnull": False, part: None}),
    )


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_written_once")]

    operations = [
        migrations.AddField(
            model_name="auditlog",
            name="on_behalf_of",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=150, verbose_name="on behalf of"
            ),
        ),
        migrations.AddField(
            model_name="auditlog",
            name="device",
            field=models.UUIDField(null=True, verbose_name="device"),
        ),
        migrations.AddField(
            model_name="auditlog",
            name="address",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=45, verbose_name="address"
            ),
        ),
        migrations.CreateModel(
            name="Anchor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("count", models.BigIntegerField(verbose_name="count")),
                ("head", models.BinaryField(max_length=32, verbose_name="head")),
                ("through", models.BigIntegerField(verbose_name="through")),
                ("mac", models.BinaryField(max_length=32, verbose_name="HMAC")),
            ],
            options={"verbose_name": "anchor", "verbose_name_plural": "anchors"},
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                (
                    "position",
                    models.BigIntegerField(primary_key=True, serialize=False, verbose_name="position"),
                ),
                ("entry", models.BigIntegerField(unique=True, verbose_name="entry")),
                ("hash", models.BinaryField(max_length=32, verbose_name="hash")),
                ("who_salt", models.UUIDField(null=True)),
                ("address_salt", models.UUIDField(null=True)),
                ("what_salt", models.UUIDField(null=True)),
                ("who", models.BinaryField(max_length=32, null=True)),
                ("address", models.BinaryField(max_length=32, null=True)),
                ("what", models.BinaryField(max_length=32, null=True)),
                ("erasure", models.UUIDField(null=True, verbose_name="erasure")),
            ],
            options={
                "verbose_name": "seal",
                "verbose_name_plural": "seals",
                "constraints": [has_salt_or_commitment(part) for part in ("who", "address", "what")],
            },
        ),
    ]
