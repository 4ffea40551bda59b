"""Products, areas and people (without their passwords) as files in the Django admin."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Area, User
from audit.models import AuditLog
from bags.models import Product
from tests.billing.conftest import everything

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]


@pytest.fixture
def bring(signed_in):
    """bring("accounts/area", csv) -> the page of the preview; confirmed unless something is wrong."""

    asha = signed_in("asha")

    def post(model, content, *, confirm=True):
        file = SimpleUploadedFile("rows.csv", content.encode())
        page = asha.post(f"/admin/{model}/import/", {"import_file": file, "format": "0"})
        assert page.status_code == 200
        form = page.context.get("confirm_form")
        if form and confirm:
            done = asha.post(f"/admin/{model}/process_import/", form.initial)
            assert done.status_code == 302
        return page

    return post


def test_areas(bring, people):
    bring("accounts/area", "slug,name\nkota,Kota\nlucknow,लखनऊ\n")
    assert dict(Area.objects.filter(slug__in=["kota", "lucknow"]).values_list("slug", "name")) == {
        "kota": "Kota",
        "lucknow": "लखनऊ",
    }
    entry = AuditLog.objects.get(action="row_imported", target_id="kota")
    assert (entry.actor, entry.target_type, entry.after) == ("asha", "area", {"slug": "kota", "name": "Kota"})


def test_products(bring, people):
    bring("bags/product", "name,prefix,digits,children_per_parent,kg_per_child\ntil,TL,4,20,0.5\n")
    til = Product.objects.get(name="til")
    assert (til.prefix, til.digits, til.children_per_parent, str(til.kg_per_child)) == ("TL", 4, 20, "0.500")


@pytest.mark.parametrize(
    "row", ["til,tl,4,20,0.5", "til,TL,0,20,0.5", "til,TL,4,0,0.5", "til,TL,4,20,0", "til,SB,4,20,1"]
)
def test_a_product_that_cannot_be(bring, people, row):
    before = everything()
    page = bring("bags/product", f"name,prefix,digits,children_per_parent,kg_per_child\n{row}\n")
    assert page.context["result"].has_validation_errors() or page.context["result"].has_errors()
    assert everything() == before


def test_people_by_the_service(bring, people):
    bring(
        "accounts/user",
        "username,role,area,email\nleela,biller,,leela@example.org\nravi,dispatcher,indore,\n",
    )
    leela = User.objects.get(username="leela")
    assert (leela.role, leela.email, leela.must_change_password) == ("biller", "leela@example.org", True)
    assert User.objects.get(username="ravi").area_id == "indore"
    actions = AuditLog.objects.filter(target_label__in=["leela", "ravi"], actor="asha")
    assert sorted(actions.values_list("action", flat=True)) == ["user_created", "user_edited"]


def test_the_last_admin_stays_one(bring, people):
    before = everything()
    page = bring("accounts/user", "username,role,area,email\nasha,biller,,\n")
    assert page.context["result"].has_validation_errors() or page.context["result"].has_errors()
    assert everything() == before


def test_no_password_comes_out(signed_in, people):
    asha = signed_in("asha")
    form = asha.get("/admin/accounts/user/export/")
    assert form.status_code == 200
    assert "style=" not in form.content.decode()
    answer = asha.post("/admin/accounts/user/export/", {"format": "0", "resource": "", **_all_fields(form)})
    text = answer.content.decode()
    assert text.splitlines()[0] == "username,role,area,email"
    assert people["asha"].password not in text


def _all_fields(page):
    return {name: "on" for name in page.context["form"].fields if name.startswith("userresource_")}


@pytest.mark.parametrize("name", ["ravi", "kavya"])
def test_nobody_but_an_admin(signed_in, people, name):
    for model in ("accounts/area", "accounts/user", "bags/product"):
        for page in ("", "import/", "export/"):
            assert signed_in(name).get(f"/admin/{model}/{page}").status_code == 302
