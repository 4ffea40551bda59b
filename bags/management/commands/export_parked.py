from bags.exports.commands import ExportCommand


class Command(ExportCommand):
    name = "parked"
