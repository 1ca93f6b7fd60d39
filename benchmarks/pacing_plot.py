"""Draws ``docs/pacing.svg``: when SMS arrive, and when the kit asks.

Plain SVG, so that the picture needs no library and shows as a difference in a review.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_otp.core.arrivals import Arrivals
from pytest_otp.core.schedule import plan

if TYPE_CHECKING:
    from pytest_otp.core.schedule import Schedule

PLOT = Path(__file__).parents[1] / "docs" / "pacing.svg"
SHOWN_S = 25
LEFT, WIDTH, CURVE, ROW = 250, 650, 150, 34
TIMEOUT_S = 120.0


def x(seconds: float) -> float:
    """Where a moment stands."""
    return LEFT + WIDTH * seconds / SHOWN_S


def density() -> str:
    """The prior's density as a polygon."""
    prior, step = Arrivals(), 0.1
    heights = [
        (n * step, (prior.by((n + 1) * step) - prior.by(n * step)) / step)
        for n in range(int(SHOWN_S / step))
    ]
    top = max(height for _, height in heights)
    points = " ".join(f"{x(at):.1f},{CURVE - 120 * height / top:.1f}" for at, height in heights)
    return f'<polygon class="area" points="{x(0):.1f},{CURVE} {points} {x(SHOWN_S):.1f},{CURVE}"/>'


def row(at: int, name: str, polls: list[float]) -> str:
    """One schedule: its name and a dot for each poll."""
    y = CURVE + 40 + at * ROW
    dots = "".join(f'<circle cx="{x(p):.1f}" cy="{y}" r="4"/>' for p in polls if p <= SHOWN_S)
    line = f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y}" y2="{y}"/>'
    return f'<text x="{LEFT - 12}" y="{y + 5}" class="name">{name}</text>{line}{dots}'


def told(name: str, schedule: Schedule) -> tuple[str, list[float]]:
    """A row of the kit's."""
    return f"{name}: {schedule.delay_s:.1f} s, {schedule.polls:.1f} polls", schedule.polls_s()


def picture() -> str:
    """The whole picture."""
    rows = [
        ("a loop of 5 s: 2.5 s, 2.5 polls", [5.0 * n for n in range(6)]),
        told("at most every 5 s", plan(Arrivals(), TIMEOUT_S, 5.0, 0.0)),
        told("a share of one in 5 s", plan(Arrivals(), TIMEOUT_S, 0.0, 5.0)),
        told("a share of one in 3 s", plan(Arrivals(), TIMEOUT_S, 0.0, 3.0)),
        told("room left", plan(Arrivals(), TIMEOUT_S, 0.0, 0.2)),
    ]
    bottom = CURVE + 40 + len(rows) * ROW
    scale = "".join(
        f'<text x="{x(at):.0f}" y="{bottom + 8}" class="at">{at} s</text>'
        for at in range(0, SHOWN_S + 1, 5)
    )
    drawn = "\n".join(row(n, name, polls) for n, (name, polls) in enumerate(rows))
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 930 {bottom + 20}" role="img">
<title>When messages arrive, and when the kit asks</title>
<style>
text {{ font: 13px sans-serif; fill: #444 }}
.name {{ text-anchor: end }} .at {{ text-anchor: middle }}
.area {{ fill: #9db8d9 }} circle {{ fill: #c2410c }} line {{ stroke: #ddd }}
</style>
<rect width="100%" height="100%" fill="#fff"/>
<text x="{LEFT - 12}" y="{CURVE - 40}" class="name">messages arrive</text>
{density()}
{drawn}
{scale}
</svg>
"""


if __name__ == "__main__":
    PLOT.write_text(picture(), encoding="utf-8")
    print(f"wrote {PLOT}")
