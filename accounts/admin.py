from django.contrib import admin
from django_otp.plugins.otp_totp.models import TOTPDevice

# The second factor has one door, the services of accounts.second_factor; here secrets would lie open.
admin.site.unregister(TOTPDevice)
