"""The product's own data, in one database with flask-novu's, so that one commit stores both."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """What the tables have in common."""


class User(Base):
    """Somebody who has logged in."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]


class Post(Base):
    """What somebody wrote."""

    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    author: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]


class Comment(Base):
    """What somebody wrote about it."""

    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    post: Mapped[int]
    author: Mapped[str]
    body: Mapped[str]


class Follow(Base):
    """Who wants to hear of whom."""

    __tablename__ = "follows"
    follower: Mapped[str] = mapped_column(primary_key=True)
    followed: Mapped[str] = mapped_column(primary_key=True)


db = SQLAlchemy(metadata=Base.metadata)


def init_app(app: Flask) -> None:
    """Open the database, ``app.db`` in the instance folder unless ``SQLALCHEMY_DATABASE_URI`` names another."""
    folder = Path(app.instance_path)
    folder.mkdir(parents=True, exist_ok=True)
    app.config.setdefault("SQLALCHEMY_DATABASE_URI", f"sqlite:///{folder / 'app.db'}")
    app.config.setdefault("NOVU_STORE_URL", app.config["SQLALCHEMY_DATABASE_URI"])
    db.init_app(app)
    with app.app_context():
        db.create_all()
