"""Scrapy: an item pipeline."""

from integrations.scrapy.pipeline import PromoPipeline

__all__ = ["PromoPipeline"]
