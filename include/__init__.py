"""CRM metrics: records flow from two CRM APIs to mails, and each stage knows only the tables before it.

extract -> land -> validate -> stage -> facts -> metrics -> report -> deliver

Beside the way: `core` (window, settings, warehouse, errors), `tables` (the contract between the
stages) and `sandbox` (local fakes of both CRMs, never imported by the product).
"""
