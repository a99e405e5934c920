{{/* A ScaledObject by the lag of each input of a group's jobs, with no more pods than partitions. */}}
{{- define "streams.scaled" -}}
{{- $root := .root -}}
{{- $group := .group -}}
{{- $brokers := $root.Values.config.kafka.brokers -}}
{{- $brokers = kindIs "slice" $brokers | ternary $brokers (list $brokers) | join "," }}
{{- $triggers := 0 }}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ .name }}
  labels:
    {{- .labels | nindent 4 }}
spec:
  scaleTargetRef: {kind: {{ .kind }}, name: {{ .name }}}
  pollingInterval: {{ $root.Values.keda.pollingSeconds }}
  cooldownPeriod: {{ $root.Values.keda.cooldownSeconds }}
  minReplicaCount: {{ $group.autoscaling.minReplicas | default 1 }}
  # A process without a partition only stands by.
  maxReplicaCount: {{ required (printf "groups: %s: autoscaling.partitions: say how many partitions the busiest input has" $group.name) $group.autoscaling.partitions }}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        # Each change shares the partitions out anew.
        scaleUp: {stabilizationWindowSeconds: 60}
        scaleDown: {stabilizationWindowSeconds: 300}
  triggers:
    {{- range $job := $root.Values.config.jobs }}
    {{- if or (empty $group.jobs) (has $job.name $group.jobs) }}
    {{- range $topic := $job.topics }}
    {{- $triggers = add1 $triggers }}
    - type: kafka
      metadata:
        bootstrapServers: {{ $brokers }}
        consumerGroup: {{ printf "infobip-streams.%s" $job.name }}
        topic: {{ $topic }}
        lagThreshold: {{ $group.autoscaling.lag | default 5000 | quote }}
        # Where a job begins is committed by itself at its first start; before that nobody needs more pods.
        offsetResetPolicy: latest
        allowIdleConsumers: "false"
      {{- with $root.Values.keda.authenticationRef }}
      authenticationRef: {name: {{ . }}}
      {{- end }}
    {{- end }}
    {{- end }}
    {{- end }}
    {{- with $group.autoscaling.triggers }}
    {{- $triggers = add1 $triggers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- if not $triggers }}{{ fail (printf "groups: %s: autoscaling: no job of it names topics; give triggers" $group.name) }}{{ end }}
{{- end -}}
