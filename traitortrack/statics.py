from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatics(CompressedManifestStaticFilesStorage):
    """Hashed names for ever-cached files, inside our JavaScript modules' imports too."""

    support_js_module_import_aggregation = True
