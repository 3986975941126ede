"""Rooms of the web client that go with their folder and their line in `web/src/features.ts`."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

WEB: Final = Path(__file__).parents[1] / "web"
LEFT_OUT: Final = ("node_modules", "public")


def _removable() -> list[str]:
    config = (WEB / ".dependency-cruiser.js").read_text()
    found = re.search(r"const REMOVABLE = \[(.*?)\]", config, re.DOTALL)
    assert found is not None
    return re.findall(r'"(\w+)"', found[1])


REMOVABLE: Final = _removable()


def test_each_removable_room_is_in_the_list_and_nowhere_else() -> None:
    features = (WEB / "src/features.ts").read_text()
    for room in REMOVABLE:
        assert f'"./{room}/feature"' in features
        naming = re.compile(rf'"\.\.?/(?:\.\./)*{room}/')
        others = [path for path in (WEB / "src").rglob("*.*") if path.parent.name != room and path.suffix != ".css"]
        assert [path.name for path in others if naming.search(path.read_text())] == ["features.ts"]


@pytest.mark.longer
@pytest.mark.extended("the imports are checked each time; that nothing else depends on a room is checked here")
@pytest.mark.parametrize("command", ["check", "lint"])
def test_rooms_are_deleted_with_folder_and_line(command: str, tmp_path: Path) -> None:
    """All at once, since none imports another. What is left needs none of them: its types are right, in tests too."""
    if not (WEB / "node_modules").exists() or shutil.which("npm") is None:
        pytest.skip("the client's packages are not there: run `npm ci` in web/, or `make test`")
    copy = tmp_path / "web"
    shutil.copytree(WEB, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (copy / "node_modules").symlink_to((WEB / "node_modules").resolve())
    for room in REMOVABLE:
        _delete(copy, room)
    done = subprocess.run(["npm", "run", "--silent", command], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


def _delete(copy: Path, room: str) -> None:
    shutil.rmtree(copy / "src" / room)
    shutil.rmtree(copy / "tests" / room, ignore_errors=True)
    features = copy / "src/features.ts"
    text = features.read_text()
    found = re.search(rf'^import \{{ (\w+) \}} from "\./{room}/feature";\n', text, re.MULTILINE)
    assert found is not None
    features.write_text(text.replace(found[0], "").replace(f"  {found[1]},\n", ""))
