"""Download the prepared UCI sets; each file is verified, whichever source it comes from."""

import errno
import logging
import shutil
import tarfile
import tempfile
import time
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath

import pooch
import requests
from tqdm import tqdm

from fixing_ntk.data import uci

GITHUB = (
    "https://raw.githubusercontent.com/CameronDiao/"
    "GLVQ-For-Classification-In-Randomized-NN-And-HDC/dec0fe3169b95a7dc8e224cf1aabcb6be914fc96"
)
ARCHIVE = "http://persoal.citius.usc.es/manuel.fernandez.delgado/papers/jmlr/data.tar.gz"
TIMEOUT = 30.0  # seconds without a byte before a source is given up
LONGEST = 600.0  # maximum seconds for a file, however slowly its bytes arrive
LARGEST = 16 << 20  # bytes of a file; the largest of the collection has 2.6 MB
LARGEST_ARCHIVE = 1 << 30
CHUNK = 1 << 10  # bytes between looks at these limits
RETRIES = 3
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # errors that no other source would avoid

Downloader = Callable[[str, str, object], None]  # pooch's signature: url, output file, the Pooch


class DownloadError(RuntimeError):
    """No source could deliver a verified copy of a file."""


def fetch(
    name: str, folder: str | Path, mirror: str | Path | None = None, progress: bool = True
) -> list[Path]:
    """
    Put the files of one set into `folder`, each verified against its pinned sha256.

    A download gets its file name only after its sum is verified. Files with the right sum that are
    already in the folder are kept; files with a wrong sum are deleted.

    Parameters
    ----------
    name
        A UCI set, see `paper_datasets.UCI`.
    folder
        Where the files go, directly in it (`folder/blood_R.dat`); made if missing.
    mirror
        A folder, or an http(s) URL, holding `data/NAME/FILE`. If given, it is the only source;
        otherwise the public GitHub copy is tried and then the authors' archive.
    progress
        Show a progress bar for each download, on stderr.

    Returns
    -------
    list of Path
        The files, in the order of `uci.files(name)`.

    Raises
    ------
    ValueError
        If the set is unknown.
    DownloadError
        If no source delivers a file, or if there is no space to write it. The message lists each
        source that was tried, why it failed, and the remedy.

    Notes
    -----
    Source: Fernández-Delgado et al., "Do we need hundreds of classifiers to solve real world
    classification problems?", JMLR 15, 2014.
    """
    # The error below lists all failures; messages of pooch would repeat some of them.
    pooch.get_logger().setLevel(logging.WARNING)
    sums = uci.registry()
    pinned = {Path(path).name: sums[path] for path in uci.files(name)}
    folder = Path(folder).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    for file, sha in pinned.items():
        path = folder / file
        if path.is_file() and pooch.file_hash(str(path)) != sha:
            path.unlink()  # a wrong file must not stay if its replacement fails
    missing = [file for file in pinned if not (folder / file).is_file()]
    tried: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        for base, downloader, retries in _sources(name, mirror, scratch, progress):
            shelf = pooch.create(folder, base, registry=pinned, retry_if_failed=retries)
            for file in list(missing):
                try:
                    shelf.fetch(file, downloader=downloader)
                except (OSError, ValueError) as error:
                    if isinstance(error, OSError) and error.errno in NO_SPACE:
                        raise DownloadError(
                            f"data set {name!r}: cannot write {file} from {base}{file}: "
                            f"{error.strerror}; free some space for {folder} and in "
                            f"{tempfile.gettempdir()}, and run again"
                        ) from None
                    tried.append(f"  {base}{file}: {_reason(error)}")
                    if isinstance(error, requests.RequestException):
                        break  # the source does not answer: do not wait for it once more
                else:
                    (folder / file).chmod(0o644)  # temporary files are born private
                    missing.remove(file)
    if missing:
        raise DownloadError(
            f"data set {name!r}: could not get {', '.join(missing)}. Tried:\n"
            + ";\n".join(tried)
            + ".\nCheck the network, or set `mirror:` in config.yaml (or the MIRROR environment "
            "variable) to a folder or URL that holds intact files as data/NAME/FILE."
        )
    return [folder / file for file in pinned]


def _sources(
    name: str, mirror: str | Path | None, scratch: str, progress: bool
) -> list[tuple[str, Downloader, int]]:
    """List the sources in the order to try: base address, pooch downloader, number of retries.

    The base address ends in "/"; a file's name follows it. ``scratch`` is a temporary folder for
    the authors' archive; ``name``, ``mirror`` and ``progress`` are as for `fetch`.
    """
    http = partial(_download, progress)
    if not mirror:
        # The archive is retried as a whole inside its downloader.
        return [
            (f"{GITHUB}/data/{name}/", http, RETRIES),
            (f"{ARCHIVE}/{name}/", partial(_take_from_archive, scratch, http), 0),
        ]
    if str(mirror).startswith(("http://", "https://")):
        return [(f"{str(mirror).rstrip('/')}/data/{name}/", http, RETRIES)]
    return [(f"{Path(mirror).expanduser()}/data/{name}/", _copy, 0)]


def _copy(source: str, output: str, _: object) -> None:
    """Copy a file from a mirror that is a local folder; a downloader for pooch."""
    shutil.copyfile(source, output)


def _download(progress: bool, url: str, output: str, shelf: object) -> None:
    """Download a file within limits of time and size, with a progress bar; a downloader for pooch.

    An error that another attempt may avoid, such as a timeout, is raised as requests raises it,
    and pooch tries again. For an HTTP status that would come again, such as 404, it is OSError,
    which pooch does not retry. ``shelf`` is the `pooch.Pooch` that downloads.
    """
    # total=1 because pooch asks bool(bar) before it knows the size.
    label = url.rsplit("/", 1)[-1]
    with _Bar(total=1, desc=label, unit="B", unit_scale=True, disable=not progress) as bar:
        bar.limit(LARGEST_ARCHIVE if url == ARCHIVE else LARGEST, LONGEST)
        get = pooch.HTTPDownloader(progressbar=bar, chunk_size=CHUNK, timeout=TIMEOUT)
        try:
            get(url, output, shelf)
        except requests.RequestException as error:
            bar.leave = False
            answer = error.response
            if answer is None or answer.status_code >= 500 or answer.status_code in (408, 429):
                raise  # to be retried
            raise OSError(_reason(error)) from error  # asking again would not help


class _Bar(tqdm):
    """Progress bar that raises OSError when a download exceeds its limit of bytes or seconds.

    `limit` sets the limits. pooch calls `update` after every chunk of bytes.
    """

    def __bool__(self) -> bool:
        return True  # also where the size of the file is not known

    def limit(self, size: int, seconds: float) -> None:
        self.left, self.size = size, size
        self.seconds, self.end = seconds, time.monotonic() + seconds

    def update(self, n: float | None = 1) -> bool | None:
        self.left -= int(n or 0)
        if self.left < -CHUNK:  # the last chunk counts as a whole one
            raise OSError(f"larger than {self.size:,} bytes, so it is not the file")
        if time.monotonic() > self.end:
            raise OSError(f"not there after {self.seconds:g} s")
        return super().update(n)

    def reset(self, total: float | None = None) -> None:
        self.left = self.size  # at the end pooch counts all bytes a second time
        super().reset(total)


def _take_from_archive(scratch: str, http: Downloader, url: str, output: str, _: object) -> None:
    """Extract one file from the authors' archive; a downloader for pooch.

    ``url`` ends in the set's name and the file's name. The downloader ``http`` fetches the archive
    into the folder ``scratch``, where it stays, so it is downloaded only once. OSError is raised if
    it is damaged or has no such file.
    """
    # The archive has no pinned sum: each file that is extracted is verified instead.
    base, _, name = ARCHIVE.rpartition("/")
    shelf = pooch.create(scratch, f"{base}/", registry={name: None}, retry_if_failed=RETRIES)
    wanted = PurePosixPath(url).parts[-2:]
    try:
        with tarfile.open(shelf.fetch(name, downloader=http)) as tar:
            for member in tar:
                # Write to `output` alone: no path inside the archive may decide a place on disk.
                at = PurePosixPath(member.name).parts[-2:]
                if member.isfile() and at == wanted and (file := tar.extractfile(member)):
                    Path(output).write_bytes(file.read())
                    return
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise OSError(f"the archive cannot be read ({error})") from error
    raise FileNotFoundError(f"no regular file {'/'.join(wanted)} in the archive")


def _reason(error: Exception) -> str:
    """Return in a few words why a source failed, for an error message."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return f"timed out after {TIMEOUT:g} s"
    if isinstance(error, requests.RequestException):
        return f"no connection, or it broke off ({_innermost(error)})"
    if isinstance(error, FileNotFoundError):
        return "missing" if error.errno else f"missing: {error}"
    # For a wrong sum pooch's first sentence is enough: it states the expected and the found sum.
    return str(error).split(". ", 1)[0]


def _innermost(error: Exception) -> str:
    """Return the last words of the first cause of an error of requests.

    urllib3 keeps a cause as ``reason`` or as the last argument.
    """
    cause = getattr(error, "reason", None) or (error.args[-1] if error.args else None)
    return _innermost(cause) if isinstance(cause, Exception) else str(error).rsplit(": ", 1)[-1]
