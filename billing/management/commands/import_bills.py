from bags.importing.command import ImportCommand


class Command(ImportCommand):
    help = (
        "Brings sacks onto bills from a CSV or XLSX file: Sr. No., Parent; below its sacks, each Bill No. "
        "Bills that are missing are made. Good rows go in, all or none when it is stopped; the bad ones are "
        "listed. The same file twice adds nothing. Exit code 0: all rows are good; 1: some are bad; 2: the "
        "file is refused."
    )
    kind = "bills"
