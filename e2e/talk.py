"""What a site and its visitor say, once from left to right and once from right to left."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Talk:
    """All that is not the widget's own to say, in one language."""

    lang: str
    dir: str
    page: tuple[str, str]
    heading: str
    subtitle: str
    greeting: str
    popup: str
    suggestions: tuple[str, str]
    question: str
    answer: str
    rich: str
    half: str
    more: str
    thought: str
    tool: str
    other_tool: str
    doing: str
    source: str
    earlier: tuple[tuple[str, str], ...]
    long: str


ENGLISH = Talk(
    lang="en",
    dir="ltr",
    page=("Kettles", "Every kettle is tested by hand and has a warranty of ten years."),
    heading="Ask Ada",
    subtitle="Answers at once",
    greeting="Hello! What would you like to know?",
    popup="Looking for a kettle? I know them all.",
    suggestions=("Which kettle is the quietest?", "How long is the warranty?"),
    question="Which hob does the kettle work on?",
    answer="It works on **all three** that people cook on: gas, electric and induction.",
    rich="""\
It works on **all three** that people cook on:

| Hob | Boils in |
|:----|---------:|
| Gas | 4 min |
| Electric | 6 min |
| Induction | 3 min |

1. Fill it at least a third
2. Put the lid *on*
3. Wait for the whistle

> Never let it boil dry.

```python
def minutes(litres, hob):
    return litres * PER_LITRE[hob]
```

More is in the [handbook](https://example.org/handbook).
""",
    half="It works on gas, on electric hobs and on",
    more="And how loud is it?",
    thought="The visitor asks for hobs. The handbook has a table of them.",
    tool="Look in the handbook",
    other_tool="Look for the stock",
    doing="Searching the handbook…",
    source="The kettle's handbook",
    earlier=(
        ("My order has not arrived", "It is on its way, and will be with you tomorrow."),
        ("Can I have the red one with the wooden handle in the large size?", "Yes."),
        ("Opening hours", "From nine to five."),
    ),
    long="My kettle has begun to whistle before the water boils, and only with the small lid. "
    "I have cleaned it twice with vinegar, and then with lemon, and it still does. Is there "
    "anything else that I could try?",
)

ARABIC = Talk(
    lang="ar",
    dir="rtl",
    page=("غلايات", "كل غلاية تُختبر يدويًا ولها ضمان لعشر سنوات."),
    heading="اسأل آدا",
    subtitle="ردود فورية",
    greeting="مرحبًا! ماذا تريد أن تعرف؟",
    popup="هل تبحث عن غلاية؟ أعرفها كلها.",
    suggestions=("أي غلاية هي الأهدأ؟", "كم مدة الضمان؟"),
    question="على أي موقد تعمل الغلاية؟",
    answer="تعمل على **المواقد الثلاثة** التي يطبخ عليها الناس: الغاز والكهرباء والحث.",
    rich="""\
تعمل على **المواقد الثلاثة** التي يطبخ عليها الناس:

| الموقد | مدة الغليان |
|----|----|
| الغاز | 4 دقائق |
| الكهرباء | 6 دقائق |
| الحث | 3 دقائق |

1. املأها إلى الثلث على الأقل
2. ضع *الغطاء*
3. انتظر الصفير

> لا تتركها تغلي فارغة.

```python
def minutes(litres, hob):
    return litres * PER_LITRE[hob]
```

المزيد في [الدليل](https://example.org/handbook).
""",
    half="تعمل على الغاز وعلى المواقد الكهربائية وعلى",
    more="وما مدى ضجيجها؟",
    thought="يسأل الزائر عن المواقد. في الدليل جدول بها.",
    tool="البحث في الدليل",
    other_tool="البحث في المخزون",
    doing="جارٍ البحث في الدليل…",
    source="دليل الغلاية",
    earlier=(
        ("لم تصل طلبيتي", "هي في الطريق وستصلك غدًا."),
        ("هل يمكنني الحصول على الحمراء ذات المقبض الخشبي بالحجم الكبير؟", "نعم."),
        ("ساعات العمل", "من التاسعة إلى الخامسة."),
    ),
    long="بدأت غلايتي تصفر قبل أن يغلي الماء، ولا يحدث ذلك إلا مع الغطاء الصغير. "
    "نظفتها مرتين بالخل ثم بالليمون، وما زالت تفعل ذلك. "
    "هل هناك شيء آخر يمكنني تجربته قبل أن أعيدها؟",
)

TALKS = {talk.lang: talk for talk in (ENGLISH, ARABIC)}
