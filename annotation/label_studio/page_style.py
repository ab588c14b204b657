"""How the labelling page is laid out: the picture at the left, one column of questions beside it.

Class names that begin with `cf-` are ours; the others are those of Label Studio 1.23's page.
"""

from __future__ import annotations

STYLE = """
.cf-page { display: flex; gap: 60px; align-items: flex-start; }
.cf-picture { flex: 1 1 auto; min-width: 0; position: sticky; top: 0; }
.cf-column { flex: 0 0 560px; padding-bottom: 8px; }
.lsf-sidepanels { padding-left: 0 !important; padding-right: 0 !important; }
.lsf-sidepanels__wrapper { display: none; }
.lsf-main-view__annotation { padding: 8px 12px; }
.cf-column h4, .cf-column h5 { font-size: 14px; line-height: 20px; margin: 0 !important; }
.cf-column .lsf-choices, .cf-column .lsf-labels { margin: 0 !important; }
.cf-column .ant-form-item, .cf-column .ant-form { margin: 0; }
.cf-column .ant-radio-wrapper { margin-right: 10px; }
.cf-line { display: flex; align-items: center; min-height: 30px; }
.cf-line h4, .cf-line h5 { flex: 0 0 100px; }
.cf-whole, .cf-regions { border-bottom: 1px solid #d8d8d8; padding-bottom: 6px; }
.cf-regions { padding-top: 6px; }
.cf-attribute { position: relative; padding: 4px 0 6px; border-bottom: 1px solid #ececec; }
.cf-verdict { position: absolute; right: 0; top: 5px; }
.cf-verdict .ant-radio-wrapper { margin-right: 4px; }
.cf-said, .cf-said div, .cf-said b { font-size: 13px; line-height: 18px; }
.cf-column .cf-keys h4, .cf-column .cf-keys h5 {
  font-weight: 400; font-size: 12px; opacity: 0.7; margin-top: 6px !important;
}
.cf-regions .lsf-labels .lsf-label { margin: 0 5px 4px 0; }
.cf-regions h4, .cf-regions h5 { margin-bottom: 4px !important; }
.cf-cues .lsf-choice { margin: 0 0 3px 16px; }
.cf-cues .lsf-choice__item, .cf-cues .lsf-choice__checkbox { margin: 0; padding: 0; height: auto; }
.cf-cues label { font-weight: 400; font-size: 13px; line-height: 18px; }
.cf-cues .lsf-hint, .cf-cues sup { display: none; }
.cf-column .ant-collapse { background: none !important; margin: 0 !important; }
.cf-column .ant-collapse-item { border: none; }
.cf-column .ant-collapse-header {
  padding: 3px 0 !important; background: none !important; font-weight: 600; width: fit-content;
}
.cf-column .ant-collapse-header .ant-collapse-arrow { margin-right: 4px !important; }
.cf-column .ant-collapse-content-box { padding: 2px 8px 6px 16px !important; }
.cf-column .ant-collapse-content-box h4, .cf-column .ant-collapse-content-box h5 {
  font-weight: 400; font-size: 13px; line-height: 18px;
}
"""
