#include "server/console/pages.h"

#include <fmt/format.h>

#include <string>

#include "evlog/prometheus.h"

namespace evlog::server {

namespace {

HttpResponse Readiness(Core& core) {
  const auto not_ready = [](std::string_view why) {
    return HttpResponse{503, HttpResponse().content_type, fmt::format("{}\n", std::string(why))};
  };
  if (core.draining()) return not_ready("the server is ending");
  const absl::StatusOr<LogInfo> log = core.log(0).Describe();
  const absl::Status status = log.ok() ? log->appends : log.status();
  if (!status.ok()) return not_ready({status.message().data(), status.message().size()});
  return {.body = "ok\n"};
}

}  // namespace

HttpResponse RenderPage(std::string_view path, Core& core, const MetricsRegistry& metrics) {
  if (path == "/metrics") return {200, kPrometheusContentType, PrometheusText(metrics)};
  if (path == "/healthz") return {.body = "ok\n"};
  if (path == "/readyz") return Readiness(core);
  HttpResponse none;
  none.status = 404;
  none.body = "not found; there are /metrics, /healthz and /readyz\n";
  return none;
}

bool IsQuickPage(std::string_view path) { return path != "/metrics" && path != "/readyz"; }

}  // namespace evlog::server
