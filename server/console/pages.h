// What is answered over HTTP.
#ifndef EVLOG_SERVER_CONSOLE_PAGES_H_
#define EVLOG_SERVER_CONSOLE_PAGES_H_

#include <string_view>

#include "evlog/metrics.h"
#include "server/console/http_message.h"
#include "server/core.h"

namespace evlog::server {

// Of a path that is no page: 404.
//
//   /metrics  all metrics of the registry, for Prometheus
//   /healthz  200 as long as this process answers: who gets no answer may start it anew
//   /readyz   200 while appends are taken; else 503 and why not: it is ending, the log is latched,
//             its disk is full
//
// May read the disk.
HttpResponse RenderPage(std::string_view path, Core& core, const MetricsRegistry& metrics);

// Whether the page comes from what is in memory, so that it is answered however slow the disk is.
bool IsQuickPage(std::string_view path);

}  // namespace evlog::server

#endif  // EVLOG_SERVER_CONSOLE_PAGES_H_
