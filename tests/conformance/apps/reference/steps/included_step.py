from pathlib import Path

config = {
    "type": "api",
    "name": "Included",
    "path": "/included",
    "method": "GET",
    "emits": [],
    "includeFiles": ["./templates/*.html", "templates/**/*.txt", "../assets/logo.txt"],
}

HERE = Path(__file__).parent


async def handler(req, context):
    found = {
        "glob": (HERE / "templates/welcome.html").read_text(),
        "deep": (HERE / "templates/mail/letter.txt").read_text(),
        "above": (HERE / "../assets/logo.txt").read_text(),
        "root": (HERE.parent / "assets/logo.txt").read_text(),
    }
    return {"status": 200, "body": found}
