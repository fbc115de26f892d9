"""Words that name what somebody is by profession, so that “I'm a huge fan” is not taken for one."""

from __future__ import annotations

import re

JOBS = frozenset(
    re.findall(
        r"\w+",
        """
    accountant actor actress administrator analyst architect artist assistant astronaut astronomer author baker banker
    barber barista bartender biologist bookkeeper builder butcher carpenter cashier chef chemist cleaner clerk coach
    composer consultant cook counsellor counselor dancer dentist designer developer dietitian director doctor driver
    economist editor electrician engineer entrepreneur farmer firefighter fisherman florist freelancer gardener
    geologist guide hairdresser historian interpreter intern investor janitor jeweller journalist judge lawyer lecturer
    librarian machinist magician manager marketer mathematician mechanic midwife miner model musician nanny novelist
    nurse nutritionist officer optician painter paramedic pharmacist philosopher photographer physicist physiotherapist
    pianist pilot plumber poet policeman politician postman potter principal producer professor programmer psychiatrist
    psychologist publisher radiologist realtor receptionist reporter researcher sailor salesman salesperson saleswoman
    scientist sculptor secretary singer soldier statistician student surgeon surveyor tailor teacher technician
    therapist trader trainer translator tutor veterinarian vet violinist waiter waitress welder writer
        """,
    )
)


def is_job(words: str) -> bool:
    """Whether the last word names a profession."""
    last = words.lower().split()[-1] if words.split() else ""
    return last in JOBS
