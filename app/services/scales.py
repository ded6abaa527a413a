"""Scales: what a mark in a subject may be."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.marks import MarkScale
from app.models import Scale, Subject

AROUND = {"around_the_rule": True}  # a rule of the school holds also where the writer sees only a part of it
DEFAULT_SCALE = MarkScale(2, 5, ("зч", "нз", "осв", "н/а"))


def scale_of_subject(session: Session, subject: Subject) -> MarkScale:
    """The subject's own scale, else the school's, else 2–5 with зч нз осв н/а."""
    scale = session.get(Scale, subject.scale_id, execution_options=AROUND) if subject.scale_id else None
    if scale is None:
        query = select(Scale).where(Scale.school_id == subject.school_id, Scale.is_default)
        scale = session.scalars(query.order_by(Scale.id).limit(1), execution_options=AROUND).first()
    return _scale(scale)


def scales_of(session: Session, subjects: Iterable[Subject]) -> Mapping[int, MarkScale]:
    """Subject → its scale. One statement for all."""
    asked = list(subjects)
    query = select(Scale).where(Scale.school_id.in_({one.school_id for one in asked})).order_by(Scale.id)
    scales = session.scalars(query, execution_options=AROUND).all()
    by_id = {scale.id: scale for scale in scales}
    usual = {scale.school_id: scale for scale in reversed(scales) if scale.is_default}
    return {one.id: _scale(by_id.get(one.scale_id or 0) or usual.get(one.school_id)) for one in asked}


def _scale(scale: Scale | None) -> MarkScale:
    return MarkScale(scale.lowest, scale.highest, tuple(scale.words.split())) if scale else DEFAULT_SCALE
