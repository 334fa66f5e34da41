/** The notebook widget: an anywidget module. */
export default { render() {} };
