module nifi-operator/e2e/monitoring

go 1.24.0

// Nothing is compiled of it: it brings the CRDs of Prometheus' operator.
require github.com/prometheus-operator/prometheus-operator v0.85.0
