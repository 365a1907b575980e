"""Chain files made to harm: each is refused with a message that names it, in little memory and time."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from isolation import outcome
from loaders import LOADERS, write_small_checkpoint
from small_run import STEPS, WALKERS, read_all

from lqbayes.storage.population_file import checksum

Spoil = Callable[[h5py.File, Path], None]


def _replace(file: h5py.File, name: str, shape: tuple[int, ...], **options: object) -> None:
    del file[name]
    file.create_dataset(name, shape, **{"dtype": "f8"} | options)


def _shape(file: h5py.File) -> tuple[int, ...]:
    return tuple(file["mcmc/chain"].shape)


def external_link(file: h5py.File, folder: Path) -> None:
    file.copy("mcmc/chain", file, "copy")
    with h5py.File(folder / "other.h5", "w") as other:
        file.copy("mcmc/chain", other, "chain")
    del file["mcmc/chain"], file["copy"]
    file["mcmc/chain"] = h5py.ExternalLink(str(folder / "other.h5"), "/chain")


def soft_link(file: h5py.File, folder: Path) -> None:
    file.move("mcmc/chain", "chain")
    file["mcmc/chain"] = h5py.SoftLink("/chain")


def soft_link_to_itself(file: h5py.File, folder: Path) -> None:
    del file["mcmc/chain"]
    file["mcmc/chain"] = h5py.SoftLink("/mcmc/chain")


def cycle_of_groups(file: h5py.File, folder: Path) -> None:
    file["mcmc/again"] = file["/"]


def many_groups(file: h5py.File, folder: Path) -> None:
    for k in range(200):
        file.create_group(f"annealing/more-{k}")


def external_storage(file: h5py.File, folder: Path) -> None:
    _replace(file, "mcmc/chain", _shape(file), external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])


def virtual(file: h5py.File, folder: Path) -> None:
    shape = _shape(file)
    layout = h5py.VirtualLayout(shape, "f8")
    layout[:] = h5py.VirtualSource(str(folder / "other.h5"), "chain", shape)
    del file["mcmc/chain"]
    file.create_virtual_dataset("mcmc/chain", layout)


def bomb_of_fill_values(file: h5py.File, folder: Path) -> None:
    _replace(file, "mcmc/chain", (10**9, *_shape(file)[1:]), chunks=(1, *_shape(file)[1:]))
    file["mcmc"].attrs["iteration"] = 10**9


def a_million_million_numbers(file: h5py.File, folder: Path) -> None:
    _replace(file, "mcmc/blobs", (10**12,), chunks=(1000,))


def ladder_of_a_million_million(file: h5py.File, folder: Path) -> None:
    _replace(file, "annealing/penalty", (10**12,), chunks=(1000,))


def compressed_bomb(file: h5py.File, folder: Path) -> None:
    del file["mcmc/chain"]
    file.create_dataset("mcmc/chain", data=np.zeros((20_000, 100, 10)), compression="gzip", chunks=(100, 100, 10))


def filter_of_a_plugin(file: h5py.File, folder: Path) -> None:
    shape = _shape(file)
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk(shape)
    properties.set_filter(32_015, h5py.h5z.FLAG_OPTIONAL, (3,))  # Zstandard, a plugin
    del file["mcmc/chain"]
    h5py.h5d.create(file["mcmc"].id, b"chain", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple(shape), properties)


def objects(file: h5py.File, folder: Path) -> None:
    _replace(file, "mcmc/chain", (2,), dtype=h5py.string_dtype())


def references(file: h5py.File, folder: Path) -> None:
    _replace(file, "mcmc/chain", (2,), dtype=h5py.ref_dtype)


def compound(file: h5py.File, folder: Path) -> None:
    _replace(file, "mcmc/chain", (2,), dtype=np.dtype([("a", "f8"), ("b", "S10")]))


def array_type(file: h5py.File, folder: Path) -> None:
    _replace(file, "mcmc/chain", (1,), dtype=np.dtype(("f8", (1000, 1000))))


def opaque(file: h5py.File, folder: Path) -> None:
    _replace(file, "mcmc/chain", (2,), dtype=np.dtype("V16"))


def named_type(file: h5py.File, folder: Path) -> None:
    file["mcmc/type"] = np.dtype("f8")


def group_for_an_array(file: h5py.File, folder: Path) -> None:
    del file["mcmc/chain"]
    file.create_group("mcmc/chain")


def array_for_a_group(file: h5py.File, folder: Path) -> None:
    del file["annealing"]
    file["annealing"] = 1.0


def integers(file: h5py.File, folder: Path) -> None:
    _replace(file, "mcmc/chain", _shape(file), dtype="i4")


def other_walkers(file: h5py.File, folder: Path) -> None:
    file["mcmc"].attrs["nwalkers"] = WALKERS + 1


def other_shape(file: h5py.File, folder: Path) -> None:
    _replace(file, "mcmc/blobs", (STEPS, WALKERS, 1))


def too_many_steps(file: h5py.File, folder: Path) -> None:
    file["mcmc"].attrs["iteration"] = STEPS + 1


def negative_steps(file: h5py.File, folder: Path) -> None:
    file["mcmc"].attrs["iteration"] = -1


def steps_as_text(file: h5py.File, folder: Path) -> None:
    file["mcmc"].attrs["iteration"] = "3"


def steps_as_array(file: h5py.File, folder: Path) -> None:
    file["mcmc"].attrs["iteration"] = np.arange(3)


def steps_empty(file: h5py.File, folder: Path) -> None:
    file["mcmc"].attrs["iteration"] = h5py.Empty("i8")


def no_steps_attribute(file: h5py.File, folder: Path) -> None:
    del file["mcmc"].attrs["iteration"]


def evidence_as_text(file: h5py.File, folder: Path) -> None:
    file["annealing"].attrs["log_evidence"] = "much"


def identity_as_number(file: h5py.File, folder: Path) -> None:
    file.attrs["identity"] = 3


def identity_of_a_reference(file: h5py.File, folder: Path) -> None:
    file.attrs.create("identity", file["mcmc"].ref, dtype=h5py.ref_dtype)


def huge_attribute(file: h5py.File, folder: Path) -> None:
    with h5py.File(folder / "new.h5", "w", libver="latest") as new:
        for name in ("mcmc", "annealing"):
            file.copy(name, new, name)
        new.attrs["identity"] = np.zeros(10**6)
    os.replace(folder / "new.h5", folder / "ensemble-1" / "population-1.h5")


def _seal(file: h5py.File, name: str) -> None:
    """Who makes a file to harm computes its checksums too."""
    file[name].attrs["crc32"] = checksum(file[name])


def not_a_number(file: h5py.File, folder: Path) -> None:
    file["mcmc/chain"][1, 2, 3] = np.nan
    _seal(file, "mcmc/chain")


def infinite(file: h5py.File, folder: Path) -> None:
    file["mcmc/blobs"][2, 0, 0] = np.inf
    _seal(file, "mcmc/blobs")


def changed_bit(file: h5py.File, folder: Path) -> None:
    file["mcmc/chain"][1, 2, 3] = np.nextafter(file["mcmc/chain"][1, 2, 3], 0)


def no_checksums(file: h5py.File, folder: Path) -> None:
    del file["mcmc/chain"].attrs["crc32"]


SPOILS: list[Spoil] = [
    external_link,
    soft_link,
    soft_link_to_itself,
    cycle_of_groups,
    many_groups,
    external_storage,
    virtual,
    bomb_of_fill_values,
    a_million_million_numbers,
    ladder_of_a_million_million,
    compressed_bomb,
    filter_of_a_plugin,
    objects,
    references,
    compound,
    array_type,
    opaque,
    named_type,
    group_for_an_array,
    array_for_a_group,
    integers,
    other_walkers,
    other_shape,
    too_many_steps,
    negative_steps,
    steps_as_text,
    steps_as_array,
    steps_empty,
    no_steps_attribute,
    evidence_as_text,
    identity_as_number,
    identity_of_a_reference,
    huge_attribute,
    not_a_number,
    infinite,
    changed_bit,
    no_checksums,
]


def test_the_unspoilt_run_is_read(run_folder: Path) -> None:
    assert outcome(lambda: read_all(run_folder)) == "read"


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda spoil: spoil.__name__)
def test_is_refused(run_folder: Path, spoil: Spoil) -> None:
    path = run_folder / "ensemble-1" / "population-1.h5"
    with h5py.File(path, "r+") as file:
        spoil(file, run_folder)
    found = outcome(lambda: read_all(run_folder))
    assert found.startswith(f"refused: {path}"), found
    assert ";" in found  # how to mend it


@pytest.mark.parametrize(
    "numbers",
    [{"random_state_2": 10**9}, {"random_state_2": -1}, {"random_state_3": 2}, {"random_state_4": np.nan}, {"split": 0}, {"split": 8}],
)
def test_numbers_that_no_population_has_are_refused(tmp_path: Path, numbers: dict[str, float]) -> None:
    """NumPy takes any position, and then reads beyond its array."""
    write_small_checkpoint(tmp_path / "a.h5")
    assert outcome(lambda: LOADERS["checkpoint"](tmp_path / "a.h5")) == "read"
    write_small_checkpoint(tmp_path / "a.h5", **numbers)
    assert outcome(lambda: LOADERS["checkpoint"](tmp_path / "a.h5")).startswith(f"refused: {tmp_path / 'a.h5'}")


def test_names_with_control_characters_are_escaped(run_folder: Path) -> None:
    with h5py.File(run_folder / "ensemble-1" / "population-1.h5", "r+") as file:
        file["\x1b[2J\u202e"] = h5py.SoftLink("/mcmc")
    found = outcome(lambda: read_all(run_folder))
    assert found.startswith("refused") and "\\x1b[2J\\u202e" in found
    assert found.isprintable()


@pytest.mark.parametrize(("spoil", "words"), [(not_a_number, "not finite"), (infinite, "infinite"), (changed_bit, "checksum")])
def test_says_which_numbers_are_wrong(run_folder: Path, spoil: Spoil, words: str) -> None:
    with h5py.File(run_folder / "ensemble-1" / "population-1.h5", "r+") as file:
        spoil(file, run_folder)
    assert words in outcome(lambda: read_all(run_folder))


@pytest.mark.parametrize("contents", [b"", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + b"\xff" * 4096, b"plain text" * 1000])
def test_what_is_no_hdf5_file_is_refused(run_folder: Path, contents: bytes) -> None:
    (run_folder / "ensemble-1" / "population-1.h5").write_bytes(contents)
    assert outcome(lambda: read_all(run_folder)).startswith("refused")


def test_pipes_and_folders_are_refused(run_folder: Path) -> None:
    path = run_folder / "ensemble-1" / "population-1.h5"
    path.unlink()
    os.mkfifo(path)
    assert "is not a regular file" in outcome(lambda: read_all(run_folder))
    path.unlink()
    path.mkdir()
    assert "is not a regular file" in outcome(lambda: read_all(run_folder))
    path.rmdir()
    path.symlink_to(path)
    assert outcome(lambda: read_all(run_folder)).startswith("refused")
