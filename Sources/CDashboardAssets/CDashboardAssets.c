#include "CDashboardAssets.h"

const char *dashboard_css(void) {
    static const char text[] = {
#embed "../Dashboard/Assets/dashboard.css" suffix(, 0)
    };
    return text;
}

const char *dashboard_js(void) {
    static const char text[] = {
#embed "../Dashboard/Assets/dashboard.js" suffix(, 0)
    };
    return text;
}
