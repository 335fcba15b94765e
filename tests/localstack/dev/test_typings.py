"""`types.d.ts` follows what is saved."""

from waiting import eventually


def types(dev) -> str:
    return (dev.root / "types.d.ts").read_text()


def test_the_types_are_kept_current(dev):
    dev.step("hello", "'one'")
    dev.write("types.d.ts", "")
    dev.start()
    eventually(lambda: "'hello': ApiRouteHandler<" in types(dev))
    dev.step("later", "'two'")
    eventually(lambda: "'later': ApiRouteHandler<" in types(dev))
    assert dev.says(r"types\.d\.ts written")
    assert "interface Handlers" in (dev.root / "node_modules/motia/index.d.ts").read_text()


def test_a_broken_file_keeps_the_types_it_had(dev):
    dev.step("hello", "'one'")
    dev.write("types.d.ts", "")
    dev.start()
    dev.write("steps/hello_step.py", "config = {'type': 'api'\n")
    assert dev.says(r"the version before it is still served")
    dev.step("later", "'two'")
    eventually(lambda: "'later'" in types(dev))
    assert "'hello'" in types(dev)


def test_a_broken_helper_changes_nothing_in_the_types(dev):
    step = """
    from src.words import WORD
    config = {{"type": "api", "name": "{0}", "method": "GET", "path": "/{0}", "emits": []}}
    async def handler(req, context):
        return {{"status": 200, "body": WORD}}
    """
    dev.write("src/words.py", "WORD = 'one'\n")
    dev.write("steps/a_step.py", step.format("a"))
    dev.step("b", "'b'")
    dev.write("types.d.ts", "")
    dev.start()
    written = eventually(lambda: "'b': ApiRouteHandler<" in types(dev) and types(dev))
    assert written.index("'a'") < written.index("'b'")
    dev.write("src/words.py", "WORD = 1 / 0\n")
    dev.says(r"steps/a_step.py: .*the version before it is still served")
    dev.step("b", "'beside'")
    dev.serves("/b", "beside")
    dev.write("src/words.py", "WORD = 'two'\n")
    dev.serves("/a", "two")
    dev.step("c", "'c'")
    eventually(lambda: "'c': ApiRouteHandler<" in types(dev))
    eventually(lambda: len([line for line in dev.lines if "types.d.ts written" in line]) == 2)


def test_a_file_of_somebody_else_is_kept_and_said_once(dev):
    dev.step("hello", "'one'")
    dev.write("types.d.ts", "declare const shop: string\n")
    dev.start()
    assert dev.says(r"types\.d\.ts is there and was not generated.*rename it")
    dev.step("hello", "'two'")
    dev.serves("/hello", "two")
    dev.step("hello", "'three'")
    dev.serves("/hello", "three")
    assert len([line for line in dev.lines if "was not generated" in line]) == 1
    assert types(dev) == "declare const shop: string\n"


def test_a_project_of_python_alone_gets_no_types(dev):
    dev.step("hello", "'one'")
    dev.start()
    dev.step("hello", "'two'")
    dev.serves("/hello", "two")
    assert not (dev.root / "types.d.ts").exists()
    assert not (dev.root / "node_modules").exists()
