import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"


def test_compose_file_follows_the_compose_schema() -> None:
    program = Path(sys.executable).parent / "check-jsonschema"
    checked = subprocess.run(
        [program, "--builtin-schema", "vendor.compose-spec", COMPOSE], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def test_compose_file_holds_no_secret_and_no_open_port() -> None:
    text = COMPOSE.read_text()
    services = yaml.safe_load(text)["services"]
    environment = services["scheduler"]["environment"] | services["postgres"]["environment"]
    for name, value in environment.items():
        if ("PASSWORD" in name and not name.endswith("_FILE")) or "KEY" in name or "SECRET" in name:
            assert str(value).startswith("${"), name
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_file_that_the_image_copies_exists() -> None:
    copied = [
        name
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ")
        for name in line.split()[1:-1]
    ]
    assert copied
    assert all((ROOT / name).exists() for name in copied), copied
