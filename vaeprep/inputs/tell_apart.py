"""Two files whose songs would have the same ids are told apart."""

from collections import Counter, defaultdict
from dataclasses import replace

from vaeprep.inputs.found import Found, InputFile
from vaeprep.inputs.kinds import FileKind


def tell_apart(found: Found) -> list[InputFile]:
    """Numbers the files that would have the ids of others, and says so in the notes.

    The id of a song is made of the name of the folder that the user named and of the
    path below it. So only folders of the same name have songs of the same id.

    Returns:
        The files, in order; of each that comes second its `copy` is 2, and so on.
    """
    roots: defaultdict[str, set[str]] = defaultdict(set)
    for folder in {id(file.folder): file.folder for file in found.files}.values():
        below = f"/{folder.below}" if folder.below else ""
        roots[folder.collection].add(folder.path.removesuffix(below))
    doubtful = {collection for collection, some in roots.items() if len(some) > 1}
    if not doubtful:
        return found.files
    times: Counter[tuple[FileKind, str, str]] = Counter()
    files = []
    for file in found.files:
        if file.kind is not FileKind.TFRECORD and file.folder.collection in doubtful:
            key = (file.kind, file.folder.collection, file.relative)
            times[key] += 1
            file = replace(file, copy=times[key]) if times[key] > 1 else file
        files.append(file)
    copies = [file for file in files if file.copy > 1]
    if copies:
        found.notes.append(
            f"{len(copies):,} of the files, e.g. {copies[0].path}, would have ids of others "
            "(the same folder name and file name); their songs' ids end in -2, -3 ..."
        )
    return files
