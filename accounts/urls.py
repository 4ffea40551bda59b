"""The map of the pages about people."""

from django.urls import path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from accounts import notification_views as notifications
from accounts import profile_views as profile
from accounts import user_views as users

urlpatterns = [
    path("users/", users.user_list, name="user-list"),
    path("users/new/", users.new_user, name="user-new"),
    path("users/<int:user_id>/", users.user, name="user"),
    path("users/<int:user_id>/password/", users.give_password, name="user-password"),
    path("users/<int:user_id>/second-factor/", users.reset_second_factor, name="user-second-factor"),
    path("users/<int:user_id>/deactivate/", users.deactivate, name="user-deactivate"),
    path("users/<int:user_id>/activate/", users.activate, name="user-activate"),
    path("users/<int:user_id>/erase/", users.erase, name="user-erase"),
    path("users/<int:user_id>/unlock/", users.unlock, name="user-unlock"),
    path("users/<int:user_id>/sign-out/", users.sign_out, name="user-sign-out"),
    path("users/promotions/<int:request_id>/approve/", users.approve, name="promotion-approve"),
    path("users/promotions/<int:request_id>/reject/", users.reject, name="promotion-reject"),
    path("accounts/language/", require_POST(set_language), name="set_language"),
    path("accounts/profile/", profile.profile, name="profile"),
    path("accounts/profile/language/", profile.language, name="profile-language"),
    path("accounts/profile/email/", profile.email, name="profile-email"),
    path("accounts/profile/email/<str:token>/", profile.confirm_email, name="confirm-email"),
    path("accounts/profile/promotion/", profile.ask_promotion, name="profile-promotion"),
    path("notifications/", notifications.notification_list, name="notification-list"),
    path("notifications/read/", notifications.read_all, name="notifications-read"),
    path("notifications/<int:notification_id>/", notifications.read, name="notification-read"),
]
