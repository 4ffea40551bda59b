from decimal import Decimal

from django.db import migrations

PRODUCTS = [
    {"name": "mustard", "prefix": "SB", "digits": 5, "children_per_parent": 30, "kg_per_child": Decimal(1)},
    {"name": "moong", "prefix": "M444-", "digits": 5, "children_per_parent": 15, "kg_per_child": Decimal(1)},
]


def add_products(apps, _schema_editor):
    product = apps.get_model("bags", "Product")
    product.objects.bulk_create([product(**fields) for fields in PRODUCTS], ignore_conflicts=True)


def remove_products(apps, _schema_editor):
    names = [fields["name"] for fields in PRODUCTS]
    apps.get_model("bags", "Product").objects.filter(name__in=names, bag=None).delete()


class Migration(migrations.Migration):
    dependencies = [("bags", "0001_products_bags_links_scans")]

    operations = [migrations.RunPython(add_products, remove_products)]
