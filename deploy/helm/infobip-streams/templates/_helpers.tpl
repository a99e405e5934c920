{{/* The name of everything of a release. */}}
{{- define "streams.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{ end -}}
{{- end -}}

{{- define "streams.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "streams.name" .) }}{{ else }}{{ .Values.serviceAccount.name | default "default" }}{{ end -}}
{{- end -}}

{{- define "streams.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "streams.labels" -}}
{{ include "streams.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* A literal where a secret belongs would stand in a ConfigMap for everybody to read. */}}
{{- define "streams.noSecrets" -}}
{{- range $index, $one := .Values.config.authorizations -}}
{{- if and $one.api_key (not (regexMatch "^\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}$" $one.api_key)) -}}
{{- fail (printf "config.authorizations[%d].api_key: name a variable of secretEnv, such as ${INFOBIP_API_KEY}" $index) -}}
{{- end -}}
{{- end -}}
{{- $security := dig "kafka" "security" dict .Values.config -}}
{{- range $name := list "password" "key_password" -}}
{{- $given := get $security $name -}}
{{- if and $given (not (regexMatch "^\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}$" $given)) -}}
{{- fail (printf "config.kafka.security.%s: name a variable of secretEnv, such as ${KAFKA_PASSWORD}" $name) -}}
{{- end -}}
{{- end -}}
{{- $webhooks := .Values.config.webhooks | default dict -}}
{{- range $given := kindIs "slice" $webhooks.secret | ternary $webhooks.secret (list $webhooks.secret) -}}
{{- if and $given (not (regexMatch "^\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}$" $given)) -}}
{{- fail "config.webhooks.secret: name a variable of secretEnv, such as ${WEBHOOK_SECRET}" -}}
{{- end -}}
{{- end -}}
{{- $url := dig "history" "url" "" .Values.config -}}
{{- if regexMatch "://[^/@]*:[^$/@][^/@]*@" $url -}}
{{- fail "config.history.url: name a variable of secretEnv in the place of the password, or of all of it" -}}
{{- end -}}
{{- end -}}

{{/* jobs.yaml, for processes that have a name that outlives them (stable) or not. */}}
{{- define "streams.jobsYaml" -}}
{{- $config := deepCopy .root.Values.config -}}
{{- $kafka := set $config.kafka "state_dir" "/var/lib/infobip-streams" -}}
{{- if .stable }}{{ $_ := set $kafka "instance_id" "${POD_NAME}" }}{{ end -}}
{{- if .root.Values.operations.enabled -}}
{{- $_ := set $config "operations" (dict "host" "0.0.0.0" "port" (int .root.Values.operations.port)) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* The pod: root, component, stable, command, ports, resources, and whether it asks for /readyz. */}}
{{- define "streams.pod" -}}
{{- $root := .root -}}
metadata:
  labels:
    {{- include "streams.labels" . | nindent 4 }}
    {{- with $root.Values.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
  annotations:
    checksum/config: {{ printf "%s%s" (include "streams.jobsYaml" .) ($root.Values.files | toJson) | sha256sum }}
    {{- if and $root.Values.operations.enabled .probed }}
    prometheus.io/scrape: "true"
    prometheus.io/port: {{ $root.Values.operations.port | quote }}
    {{- end }}
    {{- with $root.Values.podAnnotations }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  serviceAccountName: {{ include "streams.serviceAccount" $root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ $root.Values.terminationGracePeriodSeconds }}
  {{- with $root.Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $root.Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: streams
      image: {{ printf "%s:%s" $root.Values.image.repository ($root.Values.image.tag | default $root.Chart.AppVersion) }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: {{- toYaml .args | nindent 8 }}
      env:
        - name: POD_NAME
          valueFrom: {fieldRef: {fieldPath: metadata.name}}
        {{- range $name, $value := $root.Values.env }}
        - {name: {{ $name }}, value: {{ $value | quote }}}
        {{- end }}
        {{- range $root.Values.secretEnv }}
        - name: {{ .name }}
          valueFrom: {secretKeyRef: {name: {{ .secret }}, key: {{ .key }}}}
        {{- end }}
      {{- with .ports }}
      ports: {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      resources: {{- toYaml (.resources | default $root.Values.resources) | nindent 8 }}
      {{- if and $root.Values.operations.enabled .probed }}
      # Brokers and Infobip may be away for as long as they like: that is no reason to end a process.
      startupProbe:
        httpGet: {path: /healthz, port: operations}
        periodSeconds: 5
        failureThreshold: 24
      livenessProbe:
        httpGet: {path: /healthz, port: operations}
        periodSeconds: 15
        timeoutSeconds: 5
        failureThreshold: 4
      readinessProbe:
        httpGet: {path: /readyz, port: operations}
        periodSeconds: 10
        timeoutSeconds: 5
      {{- else if .port }}
      startupProbe:
        tcpSocket: {port: {{ .port }}}
        periodSeconds: 5
        failureThreshold: 24
      livenessProbe:
        tcpSocket: {port: {{ .port }}}
        periodSeconds: 15
        failureThreshold: 4
      readinessProbe:
        tcpSocket: {port: {{ .port }}}
        periodSeconds: 10
      {{- else }}
      livenessProbe:
        exec: {command: [python, -m, streams.alive]}
        initialDelaySeconds: 20
        periodSeconds: 30
        timeoutSeconds: 10
      {{- end }}
      volumeMounts:
        - {name: config, mountPath: /etc/infobip-streams, readOnly: true}
        - {name: state, mountPath: /var/lib/infobip-streams}
        - {name: tmp, mountPath: /tmp}
        {{- range $root.Values.secretFiles }}
        - {name: secret-{{ .name }}, mountPath: /etc/infobip-secrets/{{ .name }}, readOnly: true}
        {{- end }}
  volumes:
    - name: config
      configMap: {name: {{ include "streams.name" $root }}{{ if .stable }}-stable{{ end }}}
    {{- if not .claims }}
    - name: state
      emptyDir: {sizeLimit: {{ $root.Values.stateSizeLimit }}}
    {{- end }}
    - name: tmp
      emptyDir: {sizeLimit: 256Mi}
    {{- range $root.Values.secretFiles }}
    - name: secret-{{ .name }}
      secret: {secretName: {{ .secret }}, defaultMode: 288}
    {{- end }}
  {{- if $root.Values.topologySpread }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: {{- include "streams.selector" . | nindent 10 }}
  {{- end }}
  {{- with $root.Values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $root.Values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $root.Values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
