# A file that changed since its job wrote it, say one that a copy cut short, would change results in silence.
# So a run removes it, and makes it again where it is needed.
import re
import shutil

from snakemake.logging import logger

from fixing_ntk.pipeline.logs import damaged

# Snakemake's options by which a command only looks: -n, and letters with it.
LOOKS = re.compile(
    r"-[A-Za-z]*n[A-Za-z]*|--(dry-?run|report|unlock|lint|summary|dag|rulegraph)(=.*)?"
)

for path in [] if IN_A_JOB else damaged([f"{OUT}/logs", "results/logs"]):
    if any(map(LOOKS.fullmatch, sys.argv[1:])):
        logger.warning(f"{path} is not as its job left it: a run would remove it and make it again")
        continue
    logger.warning(f"{path} is not as its job left it: it is removed, to be made again")
    if os.path.isdir(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)
