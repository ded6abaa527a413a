"""Forms: a WTForms form for each record type, whose fields read and refuse exactly as the API does."""

from datetime import tzinfo
from typing import Any

from sqlalchemy.orm import Session
from wtforms.fields import Field as FormField
from wtforms.form import BaseForm

from app.domain.errors import InvalidInput
from app.generator.fields import Field, Kind
from app.generator.reading import from_text, from_texts
from app.generator.relations import related_row
from app.models.base import Table
from app.web.resources import resources
from app.words.errors import sentence

VERSION, KEY = "version", "request_key"  # hidden inputs that every form of a record carries
TICKED = "true"


class TypedField(FormField):
    """A field of the form: keeps what was typed, reads it as the declaration says, tells what is wrong beside it."""

    def __init__(self, spec: Field, **options: Any) -> None:
        super().__init__(label=spec.label, **options)
        self.spec = spec
        self.typed = ""
        self.ticked: list[str] = []
        self.newest = ""  # what stands in the record meanwhile, where somebody else was faster

    def process_data(self, value: Any) -> None:
        """Of a record that is shown for editing, or the default of a new one."""
        self.data = value
        if self.spec.kind is Kind.CHOICES:
            self.ticked = [str(each) for each in value or []]
        elif self.spec.kind is not Kind.SECRET:
            self.typed = as_typed(self.spec, value, resources().settings.timezone)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.typed, self.ticked = (valuelist[0] if valuelist else ""), list(valuelist)
        zone = resources().settings.timezone
        self.data = None
        try:
            if self.spec.kind is Kind.CHOICES:
                self.data = from_texts(self.spec, valuelist, zone)
            elif self.spec.kind is Kind.YES_NO:
                self.data = self.typed == TICKED
            elif valuelist:
                self.data = from_text(self.spec, self.typed, zone)
        except InvalidInput as wrong:
            raise ValueError(sentence(wrong)) from None


def as_typed(spec: Field, value: Any, zone: tzinfo) -> str:
    """The value as its input takes it."""
    if value is None:
        return ""
    if spec.kind is Kind.YES_NO:
        return TICKED if value else ""
    if spec.kind is Kind.MOMENT:
        return value.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    if spec.kind is Kind.TIME:
        return value.strftime("%H:%M")
    if spec.kind is Kind.DECIMAL:
        return format(value.normalize(), "f")
    if spec.kind is Kind.KEYS:
        return ", ".join(str(key) for key in value)
    return str(value)


class RecordForm(BaseForm):
    """The form of one record type. Its fields are reached by `form[name]` only, so that any name may be a column's."""

    def __init__(self, specs: tuple[Field, ...]) -> None:
        super().__init__({spec.name: TypedField(spec, default=_default(spec)) for spec in specs})
        self.specs = specs
        self.general: list[str] = []  # what is wrong with no single field

    def refuse(self, field: str, message: str) -> None:
        """Put what is wrong beside its field, or on top where the form has no such field."""
        if field in self._fields:
            self[field].errors = [*self[field].errors, message]
        else:
            self.general.append(message)

    def values(self, session: Session, *, adding: bool) -> dict[str, Any] | None:
        """Field → value, related rows instead of ids; None where something is wrong, which then stands by its field."""
        self.validate()  # puts by the fields what reading them found
        found: dict[str, Any] = {}
        for spec in self.specs:
            value = self[spec.name].data
            if self[spec.name].errors or (value is None and _stays(spec, adding)):
                continue
            try:
                found[spec.name] = _checked(session, spec, value)
            except InvalidInput as wrong:
                self.refuse(spec.name, sentence(wrong))
        return None if self.errors else found


def _stays(spec: Field, adding: bool) -> bool:
    """Whether an empty input leaves the column as it is: at its default, or a secret as it was."""
    return spec.kind is Kind.SECRET or (adding and spec.has_default and not spec.nullable)


def _checked(session: Session, spec: Field, value: Any) -> Any:
    if value is not None:
        return related_row(session, spec, value) if spec.is_relation else value
    if not spec.nullable and spec.kind in (Kind.TEXT, Kind.LONG_TEXT) and spec.default == "":
        return ""
    if not spec.nullable and spec.has_default:
        raise InvalidInput(spec.name, "required")
    return None  # what `fill` leaves empty is refused when it is saved


def _default(spec: Field) -> Any:
    return list(spec.default) if isinstance(spec.default, list) else spec.default


def form_of(specs: tuple[Field, ...], typed: Any, row: Table | None) -> RecordForm:
    """The form filled with what was typed, else with the row's values, else with the defaults of a new record."""
    form = RecordForm(specs)
    if typed is not None:
        form.process(typed)
    elif row is not None:
        form.process(data={spec.name: getattr(row, spec.column) for spec in specs})
    else:
        form.process()
    return form
