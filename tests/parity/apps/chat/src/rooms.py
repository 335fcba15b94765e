"""Who may listen in which room."""


def may_enter(room, person):
    """Rooms are open, those of the staff are not, and `with-NAME` is for NAME and the staff."""
    if room.startswith("staff"):
        return bool(person and person["staff"])
    if room.startswith("with-"):
        return bool(person and (person["staff"] or person["name"] == room.removeprefix("with-")))
    return True
