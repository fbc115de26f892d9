"""From a query to ranked entries; each way of recalling reports every candidate that it looked at."""
