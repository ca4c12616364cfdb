"""What ``docs/benchmarks.md`` says between its tables. Numbers come in from the table of what was measured."""

HEAD = """# Speed and memory

Made by `make bench` from [benchmarks.csv](benchmarks.csv), which holds every round; nothing here was typed. All of
it was measured in one run on one machine, but for the race of the rivals, which was run again by itself within the hour
(they had sat at meetings that are not raced); so only ratios should be carried elsewhere, and these with care:
processors, caches and versions move them. Where an aim was missed, the table says so. What a point of a sweep costs,
beside other ways to run many, is in [cluster.md](cluster.md), measured by `benchmarks/sweeps.py`."""

QUICK = """**This is a quick run, with a tenth of the trajectories and fewer rounds: it shows that the programs run,
and its numbers are not to be quoted.**"""

AIMS = """## What was aimed at

Aims were set before the programs were written. *Met* and *missed*: the whole interval is on that side. Brackets
hold the interval of the median, see the end of the page. Times of trajectories are processor time on one core."""

VERBS = """## What a user waits for

Each command as a process of its own, in turn, round by round, with warm caches: user and system time of all its
threads, files and report and all. On a terminal the table of probabilities is printed as soon as it is known, before
files and report. The last column is what was measured when the aims were set, on another machine."""

SIDE_BY_SIDE = """## Side by side: the baseline, written five times

{rounds} rounds; in each every implementation had its turn. Ratios are taken within rounds. Every one had run before
the clock was started, so neither compilation nor a rival's tables are in its time. The engine learns its rates anew
in every round, and that is in its time."""

RIVALS = """**What each does, and does not do.** All rivals live in the same worlds (the same drawn parameters, and
today's states where a world decides them) and answer for every trajectory when each step was taken, in which way,
and who blocked at its last meeting. With *{all}* they also keep everything else that the engine keeps: how often a
step was due and who blocked it in each year, first entries into the states that the scenario watches, who moved
last and who ratified last. With *{steps}* they may leave objections aside until the Council's answer depends on
them. Each was written for this one scenario: its chains, moves and steps are in the code, so it needs no
interpretation of a model, and it leaves out what cannot matter any more (the north after a settlement, a holdout
that recognises, all but the ratification after an invitation). The engine and the replay take any scenario. None of
the rivals can repeat one trajectory by itself, share luck between two scenarios or give the same bytes whatever the
order; the engine and the replay do, and keyed draws are what that costs.

- *SimPy replay*: the project's own agent model, one process for every agent, which also tells the cause of each
  happening. It is there to check the engine to the last bit, not to be fast.
- *Plain SimPy*: one process for whatever acts, Python's own `random`, exponential waits that are interrupted only
  if the rate they wait at has changed. No cause is told.
- *Mesa*: allies are agents, and Mesa's discrete-event simulator runs the clock; equal ticks, its usual clock, would
  be both slower and further from the model. Agents are made once and reset, because making them anew for each
  trajectory, as its batch runner does, costs more. The release is the newest one for the oldest Python supported
  here.
- *NumPy*: all trajectories of a batch go together from date to date. What can happen between two dates is one clock
  at the sum of all rates, looked up in tables; only trajectories whose clock falls before the date are touched.
  Objections are in single precision. It was profiled: gathering from tables takes the largest share, objections
  come next, and nothing else stands out; the size of a batch is the fastest of those tried. Memory grows with the
  batch."""

AGREEMENT = """## Whether they answer the same

Shares of trajectories (each step by the end of the first ten years and by the horizon, ways, who blocked) in the
engine's first round against all rounds of a rival. z is at most standard normal for a right implementation; the
bound is passed by any of its comparisons with a chance of at most {alarm}. Ratios mean nothing for a rival that
passes it."""

FLOOR = """## The floor

What the engine's own keyed draws cost if nothing is done with them. They were not reckoned but recorded: an
instrumented engine, otherwise as it is, wrote down every block that {recorded} trajectories of the baseline made;
then a compiled loop made the same blocks again, with the same keys and counters, and took one logarithm wherever
the engine took one. In the floor: all blocks (starts, who never moves, luck of every chain, redraws, waivers, held
meetings, laws), their two uniforms, logarithms. Not in it: drawing the worlds, rates, powers and the
other functions of laws, and all that uses a draw. *Many at a time*: hundreds of blocks in a simple loop, which the
compiler turns into several at once; a run cannot do that wherever a draw hangs on what happened before. The floor
is the shorter of the two."""

TOGETHER = """## One core, one machine, a cluster

{processors} processors were there. Threads share one run; processes each run the same number of trajectories at
once, with nothing in common but the machine."""

CLUSTER = """Two threads against one: {threads}. What two processes do together, against one by itself: {processes}.
What the second lacks of twice is what cores of one machine take from each other (caches, memory, clock speed, other
work).

**What may be concluded for a cluster, and what was not measured.** Every trajectory is computed alone from its
number, so blocks of trajectories need nothing from each other, in any order, on any machine; results are added up
from counts whose size does not depend on how many there are. So machines should add up like the processes above,
less start-up, compilation on each and the collecting of counts. None of that was measured on more than one machine,
nor on more processors than these, and `accession` does not send work to other machines by itself. Equal bits are
promised for one processor architecture and the pinned packages only."""

SIZES = """## What size costs

Processor time on one core for one trajectory, drawing the worlds included, reading YAML
not. Few trajectories carry that fixed cost, so they look dear."""

EXACT = """## The exact engine

A model of about a million joint states over the years of the baseline: the baseline with one government that
changes in place of four, and without objections (`benchmarks/million.yaml`). Nothing is sampled. Processor time, one
world after another; worlds differ in how many states are worth carrying, so the interval holds differences between
worlds, too."""

MEMORY = """## Memory

`{command}` from start to end as a process of its own, on every processor, once for each size. Only counts are kept.
Among them are the commonest paths, whose table has a fixed largest size that smaller runs do not fill."""

START_UP = """## Start-up"""

COMPILATION = """## The first run and the second

`accession run status-quo` with {n} trajectories, report and all: first with an empty cache of machine code, so that
the engine is compiled, then with the cache that this left. The cache is made anew after an update."""

METHOD_HEADING = "## How it was measured"

METHOD = """## How it was measured

A median over rounds stands with an interval between order statistics, which holds whatever the law of the rounds:
with {rounds} rounds, from the smallest to the largest, it covers the median with a chance of {coverage}, if rounds
are alike and independent. Rounds within one run are not fully that: load that lasts, or a warm processor, shifts
all of them together. Parts with more rounds leave out the outermost ones. Numerical libraries had one thread each.
A load above the number of threads used means that others were at work."""
