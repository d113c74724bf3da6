"""A local Salesforce and HubSpot for the demo and the tests; the product never imports it."""
