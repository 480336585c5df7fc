"""Putting text into another language without losing a fact."""

from copilot.translation.factory import build_service
from copilot.translation.models import Provider, Translation
from copilot.translation.service import TranslationService

__all__ = ["Provider", "Translation", "TranslationService", "build_service"]
