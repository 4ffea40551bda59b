"""The map of all addresses."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from accounts import password_views as passwords
from accounts import second_factor_views as second_factor
from accounts import session_views as sessions
from accounts import views as accounts
from bags import views as bags
from bags.desk import views as desk
from bags.devices import views as devices
from bags.queue_files import views as queue_files
from billing import views as billing
from monitoring import views as monitoring
from traitortrack.api import api

handler400 = "traitortrack.errors.bad_request"
handler403 = "traitortrack.errors.permission_denied"
handler404 = "traitortrack.errors.page_not_found"
handler500 = "traitortrack.errors.server_error"

urlpatterns = [
    path("", monitoring.dashboard, name="dashboard"),
    path("scan/", bags.scan, name="scan"),
    path("scan/shell/", bags.scan_shell, name="scan-shell"),
    path("scan/sw.js", bags.scan_worker, name="scan-worker"),
    path("manifest.webmanifest", bags.manifest, name="manifest"),
    path("scan/sheet/", bags.scan_sheet, name="scan-sheet"),
    path("scan/check/", bags.scan_check, name="scan-check"),
    path("scan/queue-file/", queue_files.queue_file, name="queue-file"),
    path("bags/", bags.bag_list, name="bag-list"),
    path("bags/<path:qr_id>/counted/", desk.counted, name="bag-counted"),
    path("bags/<path:qr_id>/", bags.bag_detail, name="bag-detail"),
    path("bills/", billing.bill_list, name="bill-list"),
    path("bills/<path:number>/", billing.bill_detail, name="bill-detail"),
    path("conflicts/", desk.conflict_list, name="conflict-list"),
    path("conflicts/<int:scan_id>/decide/", desk.decide, name="conflict-decide"),
    path("conflicts/<int:scan_id>/take-back/", desk.take_back, name="conflict-take-back"),
    path("devices/", devices.device_list, name="device-list"),
    path("devices/<uuid:device_id>/", devices.device_detail, name="device-detail"),
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
    path("health/live", monitoring.live),
    path("health/ready", monitoring.ready),
    # One door, one way out and one place for passwords, for the Django admin too.
    path("admin/login/", accounts.admin_door),
    path("admin/logout/", accounts.sign_out),
    path("admin/password_change/", RedirectView.as_view(pattern_name="password")),
    path("admin/", admin.site.urls),
    path("api/", api.urls),
]
