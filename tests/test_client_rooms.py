"""Rooms of the web client that go with their folder and their line in `web/src/features.ts`."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

WEB: Final = Path(__file__).parents[1] / "web"
LEFT_OUT: Final = ("node_modules", "public")
CASES: Final = "tests/notifications/deciding.json"
"""What the client's tests import from the server's."""


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
    copy = copied(tmp_path)
    for room in REMOVABLE:
        delete(copy, room)
    npm(copy, "run", "--silent", command)


def copied(root: Path) -> Path:
    """A copy of the client in `root`, with the same packages."""
    if not (WEB / "node_modules").exists() or shutil.which("npm") is None:
        pytest.skip("the client's packages are not there: run `npm ci` in web/, or `make test`")
    copy = root / "web"
    shutil.copytree(WEB, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (copy / "node_modules").symlink_to((WEB / "node_modules").resolve())
    (root / CASES).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(WEB.parent / CASES, root / CASES)
    return copy


def delete(copy: Path, room: str) -> None:
    shutil.rmtree(copy / "src" / room)
    shutil.rmtree(copy / "tests" / room, ignore_errors=True)
    features = copy / "src/features.ts"
    text = features.read_text()
    found = re.search(rf'^import \{{ (\w+) \}} from "\./{room}/feature";\n', text, re.MULTILINE)
    assert found is not None
    features.write_text(text.replace(found[0], "").replace(f"  {found[1]},\n", ""))


def npm(copy: Path, *words: str) -> None:
    """Run npm on the copy, and fail if it fails."""
    done = subprocess.run(["npm", *words], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
