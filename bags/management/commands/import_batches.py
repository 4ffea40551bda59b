from bags.importing.command import ImportCommand


class Command(ImportCommand):
    help = (
        "Imports batches of packets from CSV or XLSX files: Sr. No., QR code; below its packets, each sack. "
        "Good rows go in, all or none of a file when it is stopped; the bad ones are listed. The same file "
        "twice adds nothing. Exit code 0: all rows are good; 1: some are bad; 2: a file is refused."
    )
    kind = "batches"
    nargs = "+"
