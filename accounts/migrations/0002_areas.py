from django.db import migrations

AREAS = [
    "lucknow",
    "indore",
    "jaipur",
    "hisar",
    "sri_ganganagar",
    "sangaria",
    "bathinda",
    "raipur",
    "ranchi",
    "akola",
]


def add_areas(apps, _schema_editor):
    area = apps.get_model("accounts", "Area")
    area.objects.bulk_create(
        [area(slug=slug, name=slug.replace("_", " ").title()) for slug in AREAS], ignore_conflicts=True
    )


def remove_areas(apps, _schema_editor):
    apps.get_model("accounts", "Area").objects.filter(slug__in=AREAS, user=None).delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_areas_users_sessions")]

    operations = [migrations.RunPython(add_areas, remove_areas)]
