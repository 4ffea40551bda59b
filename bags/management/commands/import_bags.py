from bags.importing.command import ImportCommand


class Command(ImportCommand):
    help = (
        "Imports bags from a CSV or XLSX file: qr_id, type (parent or child), parent_qr_id. Good rows go in, "
        "all or none of them when it is stopped; the bad ones are listed. The same file twice adds nothing. "
        "Exit code 0: all rows are good; 1: some are bad; 2: the file is refused."
    )
    kind = "bags"
