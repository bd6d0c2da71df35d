package main

import rego.v1

containers contains container if {
	some container in input.spec.template.spec.containers
}

deny contains msg if {
	some container in containers
	not regex.match(`^[^@\s]+@sha256:[0-9a-f]{64}$`, container.image)
	msg := sprintf("%s: %s runs %s: expected name@sha256:...", [input.metadata.name, container.name, container.image])
}

deny contains msg if {
	some container in containers
	not runs_as_non_root(container)
	msg := sprintf("%s: %s may run as root", [input.metadata.name, container.name])
}

runs_as_non_root(container) if {
	object.get(container, ["securityContext", "runAsNonRoot"], pod_default) == true
	object.get(container, ["securityContext", "runAsUser"], pod_user) != 0
}

pod_default := object.get(input.spec.template.spec, ["securityContext", "runAsNonRoot"], false)

pod_user := object.get(input.spec.template.spec, ["securityContext", "runAsUser"], 1)
