-- Requests for providers that employees make on their devices: the device is told what was said.
ALTER TABLE provider_requests ADD COLUMN device BLOB;
CREATE INDEX provider_requests_by_device ON provider_requests (device) WHERE device IS NOT NULL;
