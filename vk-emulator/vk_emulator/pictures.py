"""Avatars, drawn on demand: initials on a colour that belongs to the id."""

from html import escape

from vk_emulator.world import World

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="200" height="200">'
    '<rect width="100" height="100" fill="hsl({hue} 45% 52%)"/>'
    '<text x="50" y="50" dy=".36em" text-anchor="middle" font-family="sans-serif" font-size="40" '
    'fill="#fff">{initials}</text></svg>'
)


def avatar(world: World, peer_id: int) -> str:
    """The SVG of a user, of a community (negative id), or of nobody."""
    words: list[str] = []
    if peer_id in world.users:
        words = [world.users[peer_id].first_name, world.users[peer_id].last_name]
    elif -peer_id in world.communities:
        words = [word.strip('«»"') for word in world.communities[-peer_id].name.split()]
    initials = "".join(word[0] for word in words[:2] if word).upper()
    return SVG.format(hue=abs(peer_id) * 47 % 360, initials=escape(initials or "?"))
