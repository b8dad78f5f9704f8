"""Plain CSS colours: what may stand in a style sheet without carrying anything else into it.

Source: CSS Color Module Level 4, https://www.w3.org/TR/css-color-4/
"""

import re

_HEX = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_VALUE = r"[+-]?(?:[0-9]{1,6}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})(?:%|deg|grad|rad|turn)?"
_FUNCTION = re.compile(
    rf"(?:rgba?|hsla?|oklch)\( *{_VALUE}(?:"
    rf" *, *{_VALUE} *, *{_VALUE}(?: *, *{_VALUE})?"
    rf"| +{_VALUE} +{_VALUE}(?: */ *{_VALUE})?"
    r") *\)"
)
_NAMES = """
aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet
brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue
darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta darkolivegreen darkorange
darkorchid darkred darksalmon darkseagreen darkslateblue darkslategray darkslategrey darkturquoise
darkviolet deeppink deepskyblue dimgray dimgrey dodgerblue firebrick floralwhite forestgreen
fuchsia gainsboro ghostwhite gold goldenrod gray green greenyellow grey honeydew hotpink indianred
indigo ivory khaki lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan
lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen
lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime limegreen linen magenta
maroon mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue
mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin
navajowhite navy oldlace olive olivedrab orange orangered orchid palegoldenrod palegreen
paleturquoise palevioletred papayawhip peachpuff peru pink plum powderblue purple rebeccapurple
red rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue
slateblue slategray slategrey snow springgreen steelblue tan teal thistle tomato turquoise violet
wheat white whitesmoke yellow yellowgreen
"""
_NAMED = frozenset(_NAMES.split())


def is_colour(text: object) -> bool:
    """Whether `text` is a hex, named, rgb(), hsl() or oklch() colour and nothing more."""
    if not isinstance(text, str):
        return False
    plain = text.lower()
    return plain in _NAMED or bool(_HEX.fullmatch(plain) or _FUNCTION.fullmatch(plain))
