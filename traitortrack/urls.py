"""The map of all addresses."""

from django.contrib import admin
from django.urls import include, path, re_path, register_converter
from django.views.generic import RedirectView

from accounts import help_views as helping
from accounts import password_views as passwords
from accounts import second_factor_views as second_factor
from accounts import session_views as sessions
from accounts import views as accounts
from bags import views as bags
from bags.desk import views as desk
from bags.devices import views as devices
from bags.exports import views as exports
from bags.importing import views as importing
from bags.labels import views as labels
from bags.parked import views as parked
from bags.queue_files import views as queue_files
from bags.recounts import views as recounts
from billing import return_views as returns
from billing import views as billing
from billing.addresses import BillNumber
from billing.papers import views as papers
from monitoring import views as monitoring
from monitoring.health import views as system
from monitoring.metrics import views as metrics
from monitoring.reports import views as reports
from monitoring.trail import views as trail
from monitoring.wallboard import views as wallboard
from traitortrack.api import api

handler400 = "traitortrack.errors.bad_request"
handler403 = "traitortrack.errors.permission_denied"
handler404 = "traitortrack.errors.page_not_found"
handler500 = "traitortrack.errors.server_error"

register_converter(BillNumber, "bill")

urlpatterns = [
    # First, so that a scan is not compared with every page's address.
    path("api/", api.urls),
    path("", monitoring.dashboard, name="dashboard"),
    path("scan/", bags.scan, name="scan"),
    path("scan/shell/", bags.scan_shell, name="scan-shell"),
    path("scan/sw.js", bags.scan_worker, name="scan-worker"),
    path("manifest.webmanifest", bags.manifest, name="manifest"),
    path("scan/sheet/", bags.scan_sheet, name="scan-sheet"),
    path("scan/check/", bags.scan_check, name="scan-check"),
    path("scan/queue-file/", queue_files.queue_file, name="queue-file"),
    path("scan/recount/", recounts.recount_scan, name="recount-scan"),
    path("scan/shell/recount/", recounts.recount_shell, name="recount-shell"),
    path("bags/", bags.bag_list, name="bag-list"),
    path("bags/<path:qr_id>/counted/", desk.counted, name="bag-counted"),
    path("bags/<path:qr_id>/", bags.bag_detail, name="bag-detail"),
    path("scan/shell/bill/", billing.bill_shell, name="bill-shell"),
    path("scan/bill/<bill:number>/", billing.bill_scan, name="bill-scan"),
    path("scan/shell/return/", returns.return_shell, name="return-shell"),
    path("scan/return/<str:number>/", returns.return_scan, name="return-scan"),
    path("bills/", billing.bill_list, name="bill-list"),
    # Without a slash at the end, as files are: no bill's page is named so, whatever its number.
    re_path(r"^bills/(?P<number>.+)/(?P<kind>pdf|csv|xlsx)$", papers.bill_paper, name="bill-paper"),
    path("reports/", reports.report_list, name="report-list"),
    re_path(r"^reports/(?P<name>day|exceptions)/mail/$", reports.report_mail, name="report-mail"),
    re_path(r"^reports/(?P<name>day|bills|areas|own|exceptions)/$", reports.report_page, name="report"),
    re_path(
        r"^reports/(?P<name>day|bills|areas|own|exceptions)\.(?P<kind>pdf|csv|xlsx)$",
        reports.report_file,
        name="report-file",
    ),
    path("bills/new/", billing.bill_new, name="bill-new"),
    path("bills/<bill:number>/edit/", billing.bill_edit, name="bill-edit"),
    path("bills/<bill:number>/history/", billing.bill_history_page, name="bill-history"),
    path("bills/<bill:number>/", billing.bill_detail, name="bill-detail"),
    path("returns/", returns.return_list, name="return-list"),
    path("returns/new/", returns.return_new, name="return-new"),
    path("returns/<str:number>/", returns.return_detail, name="return-detail"),
    path("exports/", exports.export_list, name="export-list"),
    path("exports/<uuid:export_id>/", exports.export_download, name="export-download"),
    re_path(r"^exports/(?P<name>[a-z]+)\.(?P<kind>csv|xlsx)$", exports.export_file, name="export-file"),
    path("conflicts/", desk.conflict_list, name="conflict-list"),
    path("conflicts/<int:scan_id>/decide/", desk.decide, name="conflict-decide"),
    path("conflicts/<int:scan_id>/take-back/", desk.take_back, name="conflict-take-back"),
    path("parked/", parked.parked_list, name="parked-list"),
    path("parked/<int:scan_id>/decide/", parked.parked_decide, name="parked-decide"),
    path("parked/<int:scan_id>/take-back/", parked.parked_take_back, name="parked-take-back"),
    path("recounts/", recounts.recount_list, name="recount-list"),
    path("recounts/<int:recount_id>/", recounts.recount_detail, name="recount"),
    path("recounts/<int:recount_id>/drop/", recounts.recount_drop, name="recount-drop"),
    path("recounts/<int:recount_id>/decide/", recounts.recount_decide, name="recount-decide"),
    path(
        "recounts/<int:recount_id>/lines/<int:line_id>/take-back/",
        recounts.recount_take_back,
        name="recount-take-back",
    ),
    path("devices/", devices.device_list, name="device-list"),
    path("devices/<uuid:device_id>/", devices.device_detail, name="device-detail"),
    path("audit/", trail.search, name="audit"),
    path("audit/export.csv", trail.export, name="audit-export"),
    path("audit/<int:entry_id>/", trail.entry, name="audit-entry"),
    path("audit/<slug:kind>/<str:number>/", trail.history, name="audit-history"),
    path("imports/", importing.import_list, name="import-list"),
    path("imports/state/", importing.import_state, name="import-state"),
    path("imports/<int:batch_id>/", importing.import_detail, name="import"),
    path("imports/<int:batch_id>/corrections.csv", importing.import_corrections, name="import-corrections"),
    path("imports/<int:batch_id>/confirm/", importing.import_confirm, name="import-confirm"),
    path("imports/<int:batch_id>/drop/", importing.import_drop, name="import-drop"),
    path("imports/<int:batch_id>/take-back/", importing.import_take_back, name="import-take-back"),
    path("labels/", labels.label_list, name="label-list"),
    path("labels/sacks/", labels.label_sacks, name="label-sacks"),
    path("labels/packets/", labels.label_packets, name="label-packets"),
    path("labels/<int:range_id>/", labels.label_range, name="labels"),
    path("labels/<int:range_id>/ruler/", labels.label_ruler, name="label-ruler"),
    path("accounts/login/", accounts.SignIn.as_view(), name="login"),
    path("accounts/logout/", accounts.sign_out, name="logout"),
    path("accounts/verify/", second_factor.verify, name="verify"),
    path("accounts/second-factor/", second_factor.look_after, name="second-factor"),
    path("accounts/password/", passwords.password, name="password"),
    path("accounts/forgot/", passwords.forgot, name="forgot"),
    path("accounts/forgot/<uidb64>/<token>/", passwords.NewPassword.as_view(), name="new-password"),
    path("accounts/sessions/", sessions.sessions, name="sessions"),
    path("accounts/sessions/end/", sessions.end_sessions, name="end-sessions"),
    path("accounts/sessions/<handle>/end/", sessions.end_session, name="end-session"),
    path("", include("accounts.urls")),
    path("accounts/profile/scans/", bags.own_scans, name="own-scans"),
    path("search/", monitoring.search_page, name="search"),
    path("wallboard/", wallboard.wallboard, name="wallboard"),
    path("wallboard/numbers/", wallboard.numbers, name="wallboard-numbers"),
    path("wallboard/links/", wallboard.link_list, name="wallboard-links"),
    path("wallboard/links/<int:link_id>/revoke/", wallboard.revoke, name="wallboard-revoke"),
    path("help/", helping.own_help, name="own-help"),
    re_path(r"^help/(?P<role>dispatcher|biller|admin)/$", helping.help_page, name="help"),
    path("health/live", monitoring.live),
    path("health/ready", monitoring.ready),
    path("system/", system.system, name="system"),
    path("metrics", metrics.metrics),
    # One door, one way out and one place for passwords, for the Django admin too.
    path("admin/login/", accounts.admin_door),
    path("admin/logout/", accounts.sign_out),
    path("admin/password_change/", RedirectView.as_view(pattern_name="password")),
    path("admin/", admin.site.urls),
]
