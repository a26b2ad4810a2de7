"""Makes `.venv`: the locked requirements and the `terrarium` command, from this checkout.

Why not plain Makefile stamps: a virtual environment breaks in ways that a file's age does not show (its Python was
upgraded or removed, the checkout was moved, an installation was interrupted). It runs before anything is installed, so
it knows the standard library only.

pip, as every Python brings it, fetches uv, and uv installs the rest: it downloads and unpacks all at once, where pip
takes many times as long. uv does not read what pip is configured with, so that is passed on.
"""

from __future__ import annotations

import ast
import ensurepip
import fcntl
import hashlib
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "terrarium-setup.json"
# What each kind of set-up also gives: `dev` holds every line of `runtime`.
GIVES = {"runtime": ("runtime",), "dev": ("dev", "runtime")}
# Settings that would send packages elsewhere than into .venv, uv to other places than pip, or compiled files nowhere.
UNWANTED = re.compile(
    r"PIP_(USER|TARGET|PREFIX)|PYTHON(PATH|HOME|DONTWRITEBYTECODE)|__PYVENV_LAUNCHER__|UV_(?!CACHE_DIR$|SYSTEM_CERTS$).*"
)

# What pip is configured with, and the variable by which uv is told the same, with what stands between several values.
TOLD = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "proxy": ("ALL_PROXY", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "keyring-provider": ("UV_KEYRING_PROVIDER", " "),
}
SETTING = re.compile(r"(?P<section>global|install|:env:)\.(?P<name>[\w-]+)=(?P<value>.*)")

# What `terrarium up` loads first. Compiling everything takes longer than installing it: the rest compiles when needed.
THEIRS = "import boto3.session, botocore.httpsession, click, dateutil.parser, msgspec, rich.progress, s3transfer"
OURS = "import terrarium.aws, terrarium.cli.up, terrarium.local.run, uvloop"

# What uv says on its way: the large ones by name, then each step as it ends.
STEP = re.compile(r" ?(?P<step>Downloading|Resolved|Prepared|Installed)\b(?P<about>.*)")
FAULT = re.compile(r"error:|ERROR|\s*(cause:|hint:|Expected:|Computed:|sha256:)|.*Retry\(total=0")


class SetupError(Exception):
    """What the user has to mend, in one line."""


def requirements(kind: str) -> Path:
    return ROOT / "requirements" / f"{kind}.txt"


def fingerprint(kind: str) -> str:
    """Changes whenever that kind of set-up has to be done again."""
    digest = hashlib.sha256(str(ROOT).encode())
    for file in (requirements(kind), requirements("installer"), ROOT / "pyproject.toml"):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def stamps() -> dict[str, str]:
    try:
        found = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def is_current(kind: str) -> bool:
    """Whether `.venv` holds what is locked, for a checkout in this place."""
    return stamps().get(kind) == fingerprint(kind) and (VENV / "bin" / "terrarium").is_file() and is_sound()


def is_sound() -> bool:
    """Whether the environment's Python runs and is new enough."""
    test = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([PYTHON, "-c", test], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@contextmanager
def alone() -> Iterator[None]:
    """Only one set-up of a checkout at a time; a lock on the folder itself leaves nothing behind."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("waiting for another set-up of this checkout")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def install(kind: str) -> None:
    with alone():
        if is_current(kind):
            return
        if VENV.exists() and not is_sound():
            say(".venv is broken: making it anew")
            shutil.rmtree(VENV)
        if not VENV.exists():
            make_environment()
        kept = {} if kind == "dev" else {key: value for key, value in stamps().items() if key != kind}
        STAMP.unlink(missing_ok=True)
        install_requirements(kind)
        with compiling(THEIRS):
            install_checkout()
            with compiling(OURS):
                say("compiling what is needed first")
        STAMP.write_text(json.dumps(kept | {each: fingerprint(each) for each in GIVES[kind]}), encoding="utf-8")
        say("ready")


def make_environment() -> None:
    say(f"making .venv with Python {sys.version.split()[0]}")
    made = run([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        package = "python{}.{}-venv".format(*sys.version_info)
        advice = f"install venv, for example with `apt install {package}`"
        raise SetupError(f"{sys.executable} cannot make a virtual environment: {advice}{reasons(made.stderr)}")


def install_requirements(kind: str) -> None:
    """Lets pip fetch uv, and uv the rest from where pip would have it."""
    version = provide_pip()
    install_uv()
    settings = pip_settings(run(pip("config", "list")).stdout)
    file = requirements(kind)
    total = sum(1 for line in file.read_text(encoding="utf-8").splitlines() if line and line[0] not in " #")
    say(f"installing {total} packages into .venv")
    # Every file is known by its hash: whichever index has it may give it.
    options = ["--require-hashes", "--index-strategy", "unsafe-best-match"]
    if settings.get("no-index", ["no"])[0].lower() in {"1", "true", "yes", "on"}:
        options.append("--no-index")
    variables = environment() | trust(version) | told_to_uv(settings)
    code, said = follow([*uv("install"), *options, "--requirement", str(file)], variables)
    if code:
        raise SetupError("uv could not install the requirements" + reasons(said))


def install_uv() -> None:
    lock = requirements("installer")
    locked = re.search(r"^uv==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    if locked and run([str(PYTHON), "-m", "uv", "--version"]).stdout.startswith(f"uv {locked[1]}"):
        return
    say("fetching uv, which installs the rest (once; needs the network)")
    options = ["--no-input", "--no-compile", "--progress-bar", "off", "--require-hashes", "--requirement"]
    done = run([*pip("install"), *options, str(lock)])
    if done.returncode:
        raise SetupError("pip could not install uv" + reasons(done.stderr))


def provide_pip() -> str:
    """Unpacks the pip that this Python brings, unless there is one; returns its version.

    `python -m venv` would do it, but takes longer over it than all the rest takes.
    """
    asked = [str(PYTHON), "-c", "import pip; print(pip.__version__)"]
    if run(asked).returncode:
        folder = sysconfig.get_config_var("WHEEL_PKG_DIR") or Path(ensurepip.__file__).parent / "_bundled"
        wheels = sorted(Path(folder).glob("pip-*.whl"))
        if not wheels:
            raise SetupError(f"{sys.executable} comes without pip ({folder} has no pip-*.whl): set PYTHON to another")
        place = run([str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).stdout.strip()
        with zipfile.ZipFile(wheels[-1]) as packed:
            # The file without which it is no package comes last: an interrupted unpacking is done again.
            packed.extractall(place, sorted(packed.namelist(), key=lambda name: name == "pip/__init__.py"))
    return run(asked).stdout.strip()


def pip_settings(listed: str) -> dict[str, list[str]]:
    """What `pip config list` says, by name: https://pip.pypa.io/en/stable/topics/configuration/."""
    found: dict[str, dict[str, list[str]]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listed.splitlines():
        if about := SETTING.fullmatch(line):
            found[about["section"]][about["name"]] = str(ast.literal_eval(about["value"])).split()
    return {name: value for section in found.values() for name, value in section.items() if value}


def told_to_uv(settings: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The same as variables that uv reads: https://docs.astral.sh/uv/reference/environment/."""
    told = {
        variable: separator.join(settings[name]) for name, (variable, separator) in TOLD.items() if name in settings
    }
    if told.get("UV_KEYRING_PROVIDER") not in {None, "subprocess"}:
        del told["UV_KEYRING_PROVIDER"]  # the others are pip's own
    return told


def trust(version: str) -> dict[str, str]:
    """Lets uv trust whom this pip trusts: https://pip.pypa.io/en/stable/topics/https-certificates/."""
    named = [os.environ[name] for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if os.environ.get(name)]
    told = {"SSL_CERT_FILE": named[0]} if named and "SSL_CERT_FILE" not in os.environ else {}
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    if numbers >= (24, 2) and (sys.platform == "darwin" or any(ssl.get_default_verify_paths()[:2])):
        told["UV_SYSTEM_CERTS"] = "true"  # since then pip trusts whom the machine trusts
    return told


def follow(command: Sequence[str], variables: Mapping[str, str]) -> tuple[int, str]:
    """Runs uv, telling at which step it is; returns its exit code and what it said."""
    lines = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=variables, cwd=ROOT) as process:
        assert process.stderr
        for line in process.stderr:
            lines.append(line)
            if about := STEP.match(line):
                say((about["step"] + about["about"]).lower(), over=about["step"] == "Downloading")
    return process.returncode, "".join(lines)


def install_checkout() -> None:
    """The package itself, as a link to its sources."""
    done = run([*uv("install"), "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    if done.returncode:
        raise SetupError("uv could not install the checkout" + reasons(done.stderr))


@contextmanager
def compiling(imports: str) -> Iterator[None]:
    """Has a Python import these meanwhile, which leaves them compiled; if it fails, whoever needs them says why."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen([PYTHON, "-c", imports], env=environment(), cwd=ROOT, stdout=quiet, stderr=quiet):
        yield


def reasons(errors: str) -> str:
    """The lines in which an installer says what went wrong."""
    return "".join(f"\n  {line.rstrip()}" for line in [line for line in errors.splitlines() if FAULT.match(line)][-6:])


def pip(*arguments: str) -> Sequence[str]:
    return (str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments)


def uv(action: str, *arguments: str) -> Sequence[str]:
    """A command of uv for .venv, whatever this user has configured for uv."""
    return (str(PYTHON), "-m", "uv", "--no-config", "pip", action, "--python", str(PYTHON), *arguments)


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment(), cwd=ROOT)


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not UNWANTED.fullmatch(name)}


def say(text: str, *, over: bool = False) -> None:
    """A line on the terminal; one that is `over` is written over by the next."""
    terminal = sys.stderr.isatty()
    start, end = ("\r\x1b[K", "" if over else "\n") if terminal else ("", "\n")
    print(f"{start}set-up: {text}", end=end, file=sys.stderr, flush=True)


def main(action: str, kind: str) -> int:
    if action == "check":
        return 0 if is_current(kind) else 1
    try:
        install(kind)
    except (SetupError, OSError) as error:
        say("not done")
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("stopped; the next run goes on from here")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
