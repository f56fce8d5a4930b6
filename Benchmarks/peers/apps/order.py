"""The typed endpoint, with the rules of Benchmarks/Server/Order.swift."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI
from pydantic import BaseModel, Field

app = FastAPI()


class Item(BaseModel):
    sku: Annotated[str, Field(min_length=1, max_length=40)]
    quantity: Annotated[int, Field(ge=1, le=1000)]
    price: Annotated[float, Field(ge=0, le=100_000)]


class Order(BaseModel):
    id: Annotated[int, Field(ge=1, le=1_000_000)]
    customer: Annotated[str, Field(min_length=1, max_length=100)]
    email: Annotated[str, Field(min_length=3, max_length=200)]
    note: Annotated[str | None, Field(min_length=0, max_length=1000)] = None
    express: bool
    tags: Annotated[list[str], Field(max_length=20)]
    items: Annotated[list[Item], Field(min_length=1, max_length=50)]


@app.post("/typed")
async def echo(order: Order) -> Order:
    return order
