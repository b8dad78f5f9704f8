"""`python -m chatwidget` is the same as `chatwidget`."""

from chatwidget.cli import main

raise SystemExit(main())
