// The files of Dashboard/Assets, each as a text.
// Embedded by the C compiler, since Swift Package Manager would make an array literal of them, which takes the Swift compiler
// a second for each 17,000 bytes or so.
#ifndef SLUICE_CDASHBOARDASSETS_H
#define SLUICE_CDASHBOARDASSETS_H

const char *_Nonnull dashboard_css(void);
const char *_Nonnull dashboard_js(void);

#endif
